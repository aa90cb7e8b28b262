package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRestartIsPreparedForAMinute checks when a SIGTERM leaves the bonds to the next lacpd.
func TestRestartIsPreparedForAMinute(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "/nowhere")
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		if b.leaves() {
			t.Error("lacpd leaves its bonds, want them closed unless that is asked for")
		}
		b.must(t, "prepare", "", `{"within":60}`)
		b.sleep(59 * time.Second)
		if !b.leaves() {
			t.Error("lacpd closes its bonds after 59 s, want them left to the next one")
		}
		b.sleep(2 * time.Second)
		if b.leaves() {
			t.Error("lacpd leaves its bonds after 61 s, want them closed")
		}
	})
}

// TestPrepareRefusesARestartThatCanNotGoWell checks that a restart is not prepared without a service
// manager, or with a file that the next lacpd refuses.
func TestPrepareRefusesARestartThatCanNotGoWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		t.Setenv("NOTIFY_SOCKET", "")
		b.wantRefused(t, "prepare", "", "command", "run -takeover")
		t.Setenv("NOTIFY_SOCKET", "/nowhere")
		b.write(t, "bonds: [{name: bond0}]\n")
		b.wantRefused(t, "prepare", "", "file", "a file that the next lacpd can read")
		if err := b.store(); err == nil || !strings.Contains(err.Error(), "could not use its file") {
			t.Errorf("store() = %v, want it refused for the file", err)
		}
		if b.leaves() {
			t.Error("lacpd leaves its bonds after a refusal, want them closed")
		}
	})
}
