package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/doctor"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

func TestDoctorExitsByItsFindings(t *testing.T) {
	s := viewtest.Status(t)
	s.Bonds[0].Members = s.Bonds[0].Members[:2]
	socket := serveStatus(t, func() any { return s })
	healthy := serveStatus(t, func() any { return view.Status{Bonds: s.Bonds[:1]} })
	for _, tt := range []struct {
		socket, args string
		code         int
		want         string
	}{
		{healthy, "", exitOK, "Nothing is wrong.\n"},
		{healthy, "-json", exitOK, `"findings": []`},
		{socket, "", exitFailed, "warning: bond3 eth1: has no partner\n    Enable LACP on the other end"},
		{socket, "bond3", exitFailed, "error: bond3: is down: "},
		{socket, "bond0", exitOK, "Nothing is wrong.\n"},
		{socket, "-json", exitFailed, `"severity": "error"`},
		{socket, "bond9", exitUsage, `lacpd: bond is "bond9", allowed: bond0, `},
	} {
		var out bytes.Buffer
		c, only := client{socket: tt.socket, json: tt.args == "-json"}, tt.args
		if c.json {
			only = ""
		}
		look := func(*view.Status) *doctor.Host { return new(doctor.Host) }
		if code := runDoctor(context.Background(), &c, only, look, &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
			t.Errorf("doctor %s exits with %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, &out)
		}
	}
	if out, code := say("doctor", "-socket", socket, "bond1", "bond2"); code != exitUsage {
		t.Errorf("doctor with two bonds exits with %d: %s", code, out)
	}
}
