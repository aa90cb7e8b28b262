package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

const members = 4

// show holds the two bonds, the cables between them, and the results so far.
type show struct {
	out    io.Writer
	start  time.Time
	mu     sync.Mutex // guards out and done
	done   bool       // the table is printed; the bonds now only close
	cables []*linktest.Cable
	nas    *bond.Bond // sends
	sw     *bond.Bond // receives
	bonds  []*bond.Bond
	sink   *sink
	before map[int]int // flow -> member, before anything fails
	rows   [][3]string // the final table: step, what was seen, what was expected
}

func newShow(out io.Writer) *show { return &show{out: out, start: time.Now()} }

// say prints one line of the timeline.
func (s *show) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return
	}
	fmt.Fprintf(s.out, "%7.3fs  %s\n", time.Since(s.start).Seconds(), fmt.Sprintf(format, args...))
}

func (s *show) close() {
	for _, b := range s.bonds {
		_ = b.Close() // its links are in memory: there is nothing to restore
	}
}

// seen records the result of a step for the final table.
func (s *show) seen(step, seen, expected string) {
	s.rows = append(s.rows, [3]string{step, seen, expected})
}

// table prints the final table.
func (s *show) table() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	fmt.Fprintf(s.out, "\n%-18s %-44s %s\n%s\n", "step", "seen", "expected", strings.Repeat("-", 96))
	for _, r := range s.rows {
		fmt.Fprintf(s.out, "%-18s %-44s %s\n", r[0], r[1], r[2])
	}
}

// nasEnd and switchEnd return the names of the ends of cable i, counted from 0. The names
// have the number of the LACP port, which counts from 1.
func nasEnd(i int) string    { return fmt.Sprintf("eth%d", i+1) }
func switchEnd(i int) string { return fmt.Sprintf("port%d", i+1) }

// connect creates two bonds with n members each, and a cable for each pair of members.
func (s *show) connect(n int, cfg bond.Config) (a, b *bond.Bond, cables []*linktest.Cable, err error) {
	var left, right []bond.Port
	for i := range n {
		c := linktest.NewCable(nasEnd(i), switchEnd(i))
		cables = append(cables, c)
		left, right = append(left, c.A), append(right, c.B)
	}
	mine := cfg
	mine.Name, mine.Trace = "nas", s.trace("nas")
	theirs := cfg
	theirs.Name, theirs.Trace = "switch", s.trace("switch")
	if a, err = bond.New(mine, left...); err != nil {
		return nil, nil, nil, err
	}
	s.bonds = append(s.bonds, a)
	if b, err = bond.New(theirs, right...); err != nil {
		return nil, nil, nil, err
	}
	s.bonds = append(s.bonds, b)
	return a, b, cables, nil
}

// trace returns a function that shows the transitions of the nas's Receive and Mux machines.
func (s *show) trace(name string) func(lacp.Transition) {
	return func(t lacp.Transition) {
		starting := t.From == "BEGIN" || t.From == "INITIALIZE"
		if name == "nas" && !starting && (t.Machine == lacp.MachineMux || t.Machine == lacp.MachineReceive) {
			s.say("  %s %s %s %s → %s: %s", name, nasEnd(int(t.Port)-1), t.Machine, t.From, t.To, t.Why)
		}
	}
}

// carrying counts the members of a bond that carry data.
func carrying(b *bond.Bond) (n int) {
	for _, m := range b.Status().Members {
		if m.Carries {
			n++
		}
	}
	return n
}

// await waits until exactly want members of each bond carry data. It returns the time
// taken, or an error after limit.
func (s *show) await(want int, limit time.Duration) (time.Duration, error) {
	start := time.Now()
	for carrying(s.nas) != want || carrying(s.sw) != want {
		if time.Since(start) > limit {
			return 0, fmt.Errorf("%d and %d members carry data after %v, want %d", carrying(s.nas), carrying(s.sw), limit, want)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(start), nil
}

// form waits for the bundle.
func (s *show) form() (err error) {
	s.say("two systems, %d cables, LACP active on both ends, rate FAST, hash layer3+4", members)
	s.nas, s.sw, s.cables, err = s.connect(members, bond.Config{Rate: bond.RateFast, Hash: hash.Layer34, Resilient: true})
	if err != nil {
		return err
	}
	s.sink = newSink(s.sw)
	took, err := s.await(members, 3500*time.Millisecond)
	if err != nil {
		return err
	}
	s.say("the bundle is up: %d members collect and distribute on both ends", members)
	s.seen("form", fmt.Sprintf("%d members in %.2f s", members, took.Seconds()), "4 members within 3.5 s")
	return nil
}

// passive shows that two passive ends form nothing.
func (s *show) passive() error {
	s.say("two more systems, both passive")
	a, b, _, err := s.connect(1, bond.Config{Rate: bond.RateFast, Passive: true})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2500*time.Millisecond)
	defer cancel()
	if err := a.WaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("two passive ends: WaitReady returned %v", err) //nolint:errorlint // it may be nil
	}
	sent := a.Status().Members[0].LACP.Counters.LACPDUsTx + b.Status().Members[0].LACP.Counters.LACPDUsTx
	if sent != 0 {
		return fmt.Errorf("two passive ends sent %d LACPDUs", sent)
	}
	s.say("they formed nothing and sent no LACPDU")
	s.seen("passive/passive", "no bundle, 0 LACPDUs", "no bundle, 0 LACPDUs")
	return nil
}
