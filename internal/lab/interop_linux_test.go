package lab

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

var (
	interopFile = flag.String("interop", "", "run all cases of TestInterop and write their table to `file`")
	captureDir  = flag.String("captures", "", "with -interop: write captures of each peer to this `directory`")
)

// TestInterop runs the same cases with lacpd and each peer. With -interop FILE it runs more
// cases and configurations, and also each peer against another of its kind, and writes a table
// of the results. It fails if one of our figures misses its limit and no explanation applies.
func TestInterop(t *testing.T) {
	needLong(t)
	var results report
	t.Run("pairs", func(t *testing.T) {
		for _, k := range kinds {
			t.Run(k.name, func(t *testing.T) {
				if *interopFile != "" {
					t.Parallel() // it mostly waits
				}
				k.need(t)
				t.Run("with us", func(t *testing.T) { interopPair(t, ours, k, &results) })
				if *interopFile != "" && k != ours {
					t.Run("with itself", func(t *testing.T) { interopPair(t, k, k, &results) })
				}
			})
		}
	})
	if *interopFile != "" {
		t.Run("again", results.again)
	}
	results.judge(t)
	if *interopFile == "" {
		return
	}
	if err := os.WriteFile(*interopFile, results.markdown(), 0o644); err != nil {
		t.Error(err)
	}
	if *captureDir != "" {
		results.writeCaptures(t, *captureDir)
	}
}

// again repeats the cases that missed a limit, and those they are compared with, one at a time
// with nothing else running. On a busy machine a pair can lose a moment.
func (r *report) again(t *testing.T) {
	var missed []result
	for i := range r.results {
		if one := &r.results[i]; one.a == ours && one.unexplained(r.itself(one)) {
			missed = append(missed, *one)
		}
	}
	for _, one := range missed {
		alone := configuration{pairConfig: one.config, cases: []interopCase{one.interopCase}}
		t.Run(fmt.Sprintf("%s, %s, %s", one.b.name, one.config, one.name), func(t *testing.T) {
			if self := r.find(one.b, one.b, one.config, one.name); self != nil && one.b != ours {
				interopRun(t, one.b, one.b, &alone, r)
			}
			interopRun(t, ours, one.b, &alone, r)
		})
	}
}

func interopPair(t *testing.T, a, b *peerKind, to *report) {
	full := *interopFile != ""
	if full {
		t.Parallel()
	}
	for _, cfg := range configurations() {
		if !cfg.isFor(a, b) || !full && !cfg.isQuick() {
			continue
		}
		name := cfg.String()
		if cfg.cases[0].kind != caseForm {
			name += ", " + cfg.cases[0].name
		}
		t.Run(name, func(t *testing.T) {
			if full {
				t.Parallel()
			}
			interopRun(t, a, b, &cfg, to)
		})
	}
}

// interopRun runs cases in turn on one pair. After a case that ends early, it continues with
// another pair.
func interopRun(t *testing.T, a, b *peerKind, cfg *configuration, to *report) {
	full := *interopFile != ""
	var p *pair
	for i, c := range cfg.cases {
		if !c.quick && !full {
			continue
		}
		if p == nil {
			p = newPair(t, a, b, cfg.pairConfig)
			if full {
				p.patience = 2600 // without us the peers take up to 9 s to detect a silence
			}
			if c.kind != caseForm || i > 0 {
				p.connect(t)
			}
		}
		start := time.Now()
		r := result{a: a, b: b, version: b.version(t), config: cfg.pairConfig, interopCase: c}
		p.focus = p.cables[0]
		p.tape.start()
		tb := &caseTB{TB: t, lenient: a != ours}
		tb.do(func() { r.figures = c.run(tb, p) })
		r.failed = tb.failed
		if !full {
			r.slack = max(busyMost, machine.Slack(start))
		}
		r.capture, r.frames = p.tape.stop(t, p.atSecondEnd)
		to.add(r)
		t.Logf("%-40s %s   (%.0f s)", c.name, r.figures, time.Since(start).Seconds())
		if tb.failed {
			p = nil
		}
	}
}
