package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

func TestQuickstartNumbersACableOneWayBOX38(t *testing.T) {
	var out, errs bytes.Buffer
	// .ci/run runs the program in real time.
	synctest.Test(t, func(t *testing.T) {
		if code := run(nil, &out, &errs); code != 0 {
			t.Fatalf("got exit status %d, want 0\n%s%s", code, &out, &errs)
		}
	})
	for _, step := range []string{"form", "spread", "pulled cable", "silent partner", "heal", "passive/passive"} {
		if !strings.Contains(out.String(), "\n"+step+" ") {
			t.Errorf("no row %q in the final table:\n%s", step, &out)
		}
	}
	checkNumbers(t, out.String())
}

// checkNumbers checks that a cable has the same number everywhere, 1 to 4 (BOX-38).
func checkNumbers(t *testing.T, out string) {
	t.Helper()
	for _, n := range regexp.MustCompile(`(?:eth|port|member) ?([0-9]+)`).FindAllStringSubmatch(out, -1) {
		if !strings.Contains("1234", n[1]) || strings.HasPrefix(n[0], "member") || strings.Contains(n[0], " ") {
			t.Errorf("got cable end %q, want eth1 to eth4 and port1 to port4", n[0])
		}
	}
	for _, want := range []string{"250 on eth1", "pulling the cable of eth2", "nas eth2 receive CURRENT → PORT_DISABLED", "silent on port3", "nas eth3 receive CURRENT → EXPIRED", "eth3 is out"} {
		if !strings.Contains(out, want) {
			t.Errorf("the timeline lacks %q:\n%s", want, out)
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
			t.Errorf("%v: got exit status %d, stderr %q", c.args, code, &errs)
		}
	}
}
