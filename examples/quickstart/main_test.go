package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestQuickstart(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 9 s of real time")
	}
	var out, errs bytes.Buffer
	if code := run(nil, &out, &errs); code != 0 {
		t.Fatalf("exit status %d\n%s%s", code, &out, &errs)
	}
	for _, step := range []string{"form", "spread", "pulled cable", "silent partner", "heal", "passive/passive"} {
		if !strings.Contains(out.String(), "\n"+step+" ") {
			t.Errorf("no row %q in the final table:\n%s", step, &out)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-h"}, 0, "Usage: quickstart"},
		{[]string{"-nope"}, 2, "-nope"},
		{[]string{"file"}, 2, `unexpected argument "file"`},
	} {
		var out, errs bytes.Buffer
		if code := run(c.args, &out, &errs); code != c.code || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%v: exit status %d, %q", c.args, code, &errs)
		}
	}
}
