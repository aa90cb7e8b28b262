package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

const otherBonds = "bonds:\n- {name: a, ports: [eth1, eth4], mtu: 9000}\n- {name: c, ports: [eth2]}\n"

// applies carries out apply and returns the result.
func (b *bench) applies(t *testing.T, text string, confirm int) (r applyResult, refused *control.Error) {
	t.Helper()
	args, err := json.Marshal(applyArgs{"new.yaml", text, confirm})
	if err != nil {
		t.Fatal(err)
	}
	raw, refused := b.call(t, "apply", string(args))
	if refused == nil {
		if err := json.Unmarshal([]byte(raw), &r); err != nil {
			t.Fatal(err)
		}
	}
	return r, refused
}

// wantRunning checks the bonds that run and their members.
func (b *bench) wantRunning(t *testing.T, want string) {
	t.Helper()
	var got []string
	for _, f := range b.host.opened {
		if !f.closed {
			got = append(got, f.cfg.Name+strings.Join(slices.Sorted(slices.Values(f.cfg.Interfaces)), ","))
		}
	}
	if slices.Sort(got); strings.Join(got, " ") != want {
		t.Errorf("bonds are %q, want %q", got, want)
	}
}

func (b *bench) wantFile(t *testing.T, want string) {
	t.Helper()
	if got, err := os.ReadFile(b.file); err != nil || string(got) != want {
		t.Errorf("the file has %q, %v, want %q", got, err, want)
	}
	if entries, err := os.ReadDir(filepath.Dir(b.file)); b.pending == nil && (err != nil || len(entries) != 1) {
		t.Errorf("the directory has %v, %v, want the file alone", entries, err)
	}
}

const (
	twoRun   = "aeth1,eth2 beth3"
	otherRun = "aeth1,eth4 ceth2"
)

func TestApplyWithoutConfirmReplacesTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		r, refused := b.applies(t, otherBonds, 0)
		if refused != nil || r.Bonds != 2 || len(r.Failed) != 0 || len(r.Changes) != 3 {
			t.Errorf("got %+v, %v, want 2 bonds and 3 changes", r, refused)
		}
		b.wantRunning(t, otherRun)
		b.wantFile(t, otherBonds)
		b.wantRefused(t, "confirm", `{}`, "command", "after lacpd apply")
		b.wantRefused(t, "rollback", `{}`, "command", "after lacpd apply")
	})
}

func TestRefusedTextChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		for _, confirm := range []int{0, 60} {
			_, refused := b.applies(t, "bonds:\n- {name: a, ports: [eth1], mtu: 1}\n- {name: c, ports: [lo]}\n", confirm)
			if refused == nil || refused.Kind != control.KindRefused || refused.Field != "mtu" || len(refused.Problems) != 1 || refused.Problems[0].Line != 2 {
				t.Errorf("got %+v, want the MTU on line 2 refused", refused)
			}
			b.wantRunning(t, twoRun)
			b.wantFile(t, twoBonds)
		}
		for _, confirm := range []int{-1, 86401} {
			if _, refused := b.applies(t, otherBonds, confirm); refused == nil || refused.Field != "confirm" {
				t.Errorf("confirm %d: got %+v, want it refused", confirm, refused)
			}
		}
		b.host.refused["eth4"] = errors.New("busy")
		if _, refused := b.applies(t, otherBonds, 0); refused == nil || refused.Field != "ports" || refused.Value != "eth4" {
			t.Errorf("got %+v, want the port refused that is busy", refused)
		}
		b.wantRunning(t, twoRun)
	})
}

func TestConfirmedChangeIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		start := time.Now()
		if _, refused := b.applies(t, otherBonds, 60); refused != nil {
			t.Fatal(refused)
		}
		b.wantRunning(t, otherRun)
		b.wantFile(t, twoBonds)
		if p := b.view().Pending; p == nil || p.Within != 60 || !p.Deadline.Equal(start.Add(time.Minute)) {
			t.Errorf("pending is %+v, want a minute", p)
		}
		b.sleep(59 * time.Second)
		b.must(t, "confirm", `{}`, `{"kept":true,"file":"`+b.file+`"}`)
		b.sleep(time.Hour)
		b.wantRunning(t, otherRun)
		b.wantFile(t, otherBonds)
		if p := b.view().Pending; p != nil {
			t.Errorf("pending is %+v, want nothing", p)
		}
	})
}

// TestUnconfirmedChangeIsUndone checks that the old configuration comes back by itself, also
// after a suspension of the machine, and at once if asked for.
func TestUnconfirmedChangeIsUndone(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *bench){
		"its time is over": func(_ *testing.T, b *bench) { b.sleep(60 * time.Second) },
		"the machine was suspended": func(_ *testing.T, b *bench) {
			b.sleep(10 * time.Second)
			b.wake(55 * time.Second)
			b.sleep(time.Second)
		},
		"rollback": func(t *testing.T, b *bench) { b.must(t, "rollback", `{}`, `{"kept":false,"file":"`+b.file+`"}`) },
		"confirmed too late": func(t *testing.T, b *bench) {
			b.wake(61 * time.Second)
			b.wantRefused(t, "confirm", `{}`, "command", "before its time is over")
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, twoBonds)
			b.run(t)
			b.must(t, "remove", `{"bond":"a","member":"eth2"}`, `{"bond":"a","member":"eth2"}`)
			if _, refused := b.applies(t, otherBonds, 60); refused != nil {
				t.Fatal(refused)
			}
			b.sleep(0)
			b.wantRunning(t, otherRun)
			end(t, b)
			b.wantRunning(t, "aeth1 beth3") // as it was, with what commands had changed
			b.wantFile(t, twoBonds)
			if p := b.view().Pending; p != nil || !strings.Contains(b.log.String(), "old configuration is back") {
				t.Errorf("%s: pending is %+v, want nothing, and a line in the log:\n%s", name, p, &b.log)
			}
		})
	}
}

// wake lets the machine be suspended for a while.
func (b *bench) wake(after time.Duration) { b.host.suspended.Add(int64(after)) }

// TestOneChangeAtATime checks that nothing else changes the configuration while a change is
// pending.
func TestOneChangeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		if _, refused := b.applies(t, otherBonds, 60); refused != nil {
			t.Fatal(refused)
		}
		for name, args := range map[string]string{
			"add": `{"bond":"a","member":"eth3"}`, "remove": `{"bond":"a","member":"eth1"}`,
			"set": `{"bond":"a","keys":[{"key":"mtu","value":"1500"}]}`, "apply": `{"text":"bonds:\n- {name: a, ports: [eth1]}\n"}`,
		} {
			b.wantRefused(t, name, args, "change", "first lacpd confirm or lacpd rollback")
		}
		b.hup <- syscall.SIGHUP
		synctest.Wait()
		if want := `level=ERROR msg="configuration not read again: a change waits for lacpd confirm or lacpd rollback" remaining=1m0s`; !strings.Contains(b.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &b.log)
		}
		b.wantRunning(t, otherRun)
		b.must(t, "drain", `{"member":"eth1","drained":true}`, `{"bond":"a","member":"eth1","drained":true}`)
	})
}

// TestEndOfLacpdUndoesAPendingChange checks that nothing is left of the change, and that the
// next run starts with the old file.
func TestEndOfLacpdUndoesAPendingChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		if err := b.start(b.bonds(t)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.daemon.run(ctx) }()
		if _, refused := b.applies(t, otherBonds, 60); refused != nil {
			t.Fatal(refused)
		}
		cancel()
		<-done
		b.wantFile(t, twoBonds)
		if _, refused := b.call(t, "confirm", `{}`); refused == nil || refused.Message != "lacpd is ending" {
			t.Errorf("a change after the end: %+v, want it to fail", refused)
		}
	})
}

func TestNextRunUndoesAChangeAfterAKill(t *testing.T) {
	b := newBench(t, twoBonds)
	if err := os.WriteFile(filepath.Join(filepath.Dir(b.file), ".lacpd.yaml.pending"), []byte(otherBonds), 0o600); err != nil {
		t.Fatal(err)
	}
	b.sweepPending()
	b.wantFile(t, twoBonds)
	if want := "change was not confirmed before the last end of lacpd, the old configuration is back"; !strings.Contains(b.log.String(), want) {
		t.Errorf("the log lacks %q:\n%s", want, &b.log)
	}
}

// TestConfirmRefusesAFileThatWasEditedMeanwhile checks that the edit is not lost.
func TestConfirmRefusesAFileThatWasEditedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		if _, refused := b.applies(t, otherBonds, 60); refused != nil {
			t.Fatal(refused)
		}
		b.write(t, "# edited\n"+twoBonds)
		b.wantRefused(t, "confirm", `{}`, "file", "as it was before lacpd apply")
		b.sleep(time.Minute)
		b.wantRunning(t, twoRun)
		b.wantFile(t, "# edited\n"+twoBonds)
	})
}

// TestApplyReportsBondsThatFail checks that a bond that can't be opened is in the answer.
func TestApplyReportsBondsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		b.host.fails["c"] = errors.New("no such device")
		r, refused := b.applies(t, otherBonds, 60)
		if refused != nil || !slices.Equal(r.Failed, []failedBond{{"c", "no such device"}}) {
			t.Errorf("failed are %+v, %v, want c", r.Failed, refused)
		}
	})
}
