package main

import (
	"bytes"
	"context"
	"flag"
	"slices"
	"strings"
	"testing"
)

func TestFlagsStandBeforeAndAfterArguments(t *testing.T) {
	for _, tt := range []struct {
		args   string
		rest   []string
		on     bool
		socket string
		err    string
	}{
		{"", nil, false, "", ""},
		{"a b", []string{"a", "b"}, false, "", ""},
		{"-json -socket s a b", []string{"a", "b"}, true, "s", ""},
		{"a -socket s b --json", []string{"a", "b"}, true, "s", ""},
		{"a b -socket=s", []string{"a", "b"}, false, "s", ""},
		{"a -- -json b", []string{"a", "-json", "b"}, false, "", ""},
		{"a - b", []string{"a", "-", "b"}, false, "", ""},
		{"a -colour", nil, false, "", "flag provided but not defined: -colour"},
		{"a -socket", nil, false, "", "flag needs an argument: -socket"},
	} {
		f := flag.NewFlagSet("x", flag.ContinueOnError)
		f.SetOutput(new(bytes.Buffer))
		on := f.Bool("json", false, "")
		socket := f.String("socket", "", "")
		rest, err := parseFlags(f, strings.Fields(tt.args))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.err || !slices.Equal(rest, tt.rest) || err == nil && (*on != tt.on || *socket != tt.socket) {
			t.Errorf("%q: arguments %q, json %v, socket %q, error %q, want %q, %v, %q, %q", tt.args, rest, *on, *socket, got, tt.rest, tt.on, tt.socket, tt.err)
		}
	}
}

// TestEachCommandDescribesItself checks the texts that are made from the table of commands.
func TestEachCommandDescribesItself(t *testing.T) {
	for _, c := range commands() {
		var out, errOut bytes.Buffer
		if code := run(context.Background(), []string{c.name, "-h"}, &out, &errOut); code != exitOK || errOut.Len() > 0 {
			t.Errorf("lacpd %s -h: exit status %d, errors %q, want 0 and none", c.name, code, &errOut)
		}
		for _, want := range []string{"usage: lacpd " + c.name, "lacpd " + c.name + " "} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("lacpd %s -h lacks %q:\n%s", c.name, want, &out)
			}
		}
		c.flags().VisitAll(func(f *flag.Flag) {
			if f.Usage == "" || !strings.Contains(out.String(), "-"+f.Name) {
				t.Errorf("lacpd %s -h does not describe -%s:\n%s", c.name, f.Name, &out)
			}
		})
		if !strings.Contains(usage(), "\n  "+c.name) {
			t.Errorf("lacpd -h lacks %s", c.name)
		}
	}
}
