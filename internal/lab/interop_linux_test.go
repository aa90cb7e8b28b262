package lab

import (
	"flag"
	"os"
	"testing"
	"time"
)

var (
	interopFile = flag.String("interop", "", "run all cases of TestInterop and write their table to `file`")
	captureDir  = flag.String("captures", "", "with -interop: write captures of each peer to this `directory`")
)

// TestInterop puts lacpd and each peer through the same cases. With -interop FILE it
// runs more cases and configurations, each peer against another of its kind too,
// and writes a table of them.
func TestInterop(t *testing.T) {
	var results report
	all := t.Run("pairs", func(t *testing.T) {
		for _, k := range kinds {
			t.Run(k.name, func(t *testing.T) {
				if *interopFile != "" {
					t.Parallel() // much of the time is waiting
				}
				k.need(t)
				t.Run("with us", func(t *testing.T) { interopPair(t, ours, k, &results) })
				if *interopFile != "" && k != ours {
					t.Run("with itself", func(t *testing.T) { interopPair(t, k, k, &results) })
				}
			})
		}
	})
	if *interopFile == "" {
		return
	}
	if !all {
		t.Log("some cases have failed: the table says so")
	}
	if err := os.WriteFile(*interopFile, results.markdown(), 0o644); err != nil {
		t.Error(err)
	}
	if *captureDir != "" {
		results.writeCaptures(t, *captureDir)
	}
}

// configurations are those besides the first, which goes through all cases.
var configurations = []pairConfig{
	{members: 4},
	{members: 2, slow: true},
	{members: 2, aPassive: true},
	{members: 2, bPassive: true},
}

func interopPair(t *testing.T, a, b *peerKind, to *report) {
	full := *interopFile != ""
	if full {
		t.Parallel()
	}
	t.Run("2 members, fast", func(t *testing.T) {
		interopRun(t, a, b, pairConfig{members: 2}, interopCases, to)
	})
	if !full {
		return
	}
	for _, cfg := range configurations {
		t.Run(cfg.String(), func(t *testing.T) { interopRun(t, a, b, cfg, interopCases[:2], to) })
	}
}

// interopRun runs cases in turn on one pair. A case that fails ends the run: the
// next one starts from members in use.
func interopRun(t *testing.T, a, b *peerKind, cfg pairConfig, cases []interopCase, to *report) {
	p := newPair(t, a, b, cfg)
	full := *interopFile != ""
	if full {
		p.patience = 2600 // the peers by themselves take up to 9 s to see a silence
	}
	for _, c := range cases {
		if !c.quick && !full {
			continue
		}
		func() {
			start := time.Now()
			r := result{a: a, b: b, version: b.version(t), config: cfg, name: c.name, failed: true}
			p.focus = p.cables[0]
			p.tape.start()
			defer func() { // also where the case ends the test
				r.capture, r.frames = p.tape.stop(t, p.atSecondEnd)
				to.add(r)
			}()
			tb := &caseTB{TB: t}
			r.figures = c.run(tb, p)
			if a == ours {
				r.figures.check(tb, c, b)
			}
			r.failed = tb.failed
			t.Logf("%-40s %s   (%.0f s)", c.name, r.figures, time.Since(start).Seconds())
		}()
	}
}

// caseTB knows whether its own case has failed.
type caseTB struct {
	testing.TB
	failed bool
}

func (c *caseTB) Errorf(format string, args ...any) {
	c.TB.Helper()
	c.failed = true
	c.TB.Errorf(format, args...)
}

// check holds our end to what it promises with a peer.
func (f figures) check(t testing.TB, c interopCase, with *peerKind) {
	t.Helper()
	if c.name == "form" && f.lost > 0 {
		t.Errorf("%s: %d of %d echo requests lost at rest", c.name, f.lost, f.sent)
	}
	if c.tells && with.deaf {
		return // we have to be told
	}
	limit := 3300 * time.Millisecond
	if c.tells { // on a busy machine the other end may itself be late
		limit = max(limit, f.stopB+300*time.Millisecond)
	}
	if f.stopA > limit {
		t.Errorf("%s: our end stops using the member after %v, want %v", c.name, f.stopA, limit)
	}
}
