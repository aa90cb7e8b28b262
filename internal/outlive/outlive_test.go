package outlive

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
)

// lasting is a plane that can outlive its process.
type lasting struct {
	plane.Plane
	kept, keep bool
	extended   []time.Duration
}

func (p *lasting) Extend(d time.Duration) { p.extended = append(p.extended, d) }
func (p *lasting) Keep()                  { p.keep = true }
func (p *lasting) Kept() bool             { return p.kept }

var start = time.Unix(0, 0)

func TestPlaneIsExtendedInTime(t *testing.T) {
	p := new(lasting)
	l := Of(start, p)
	if l.Adopting() {
		t.Error("a new plane waits for the states of links")
	}
	const timeout = 4 * time.Second
	for i, step := range []struct {
		at   time.Duration
		want bool
	}{{0, true}, {999 * time.Millisecond, false}, {time.Second, true}, {1500 * time.Millisecond, false}} {
		if got := l.Renew(start.Add(step.at), timeout); got != step.want {
			t.Errorf("step %d: Renew at %v = %v, want %v", i, step.at, got, step.want)
		}
	}
	l.Changed()
	if !l.Renew(start.Add(1600*time.Millisecond), timeout) {
		t.Error("after a change no renewal is due")
	}
	if want := []time.Duration{timeout, timeout, timeout}; !slices.Equal(p.extended, want) {
		t.Errorf("the plane was extended by %v, want %v", p.extended, want)
	}
}

func TestPlanOfAnEarlierProcessStays(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    time.Duration
		known bool
		want  bool
	}{
		{"states are missing", time.Millisecond, false, true},
		{"all states are known", time.Millisecond, true, false},
		{"a state is still missing after the limit", adoption, false, false},
	} {
		p := &lasting{kept: true}
		l := Of(start, p)
		now := start.Add(c.at)
		if next := l.Next(); !next.Equal(start.Add(adoption)) {
			t.Errorf("Next() = %v, want the limit", next)
		}
		if l.Renew(now, time.Second) {
			t.Errorf("%s: the plane is extended before its first plan", c.name)
		}
		if got := l.Waits(now, c.known); got != c.want || l.Adopting() != c.want {
			t.Errorf("%s: Waits = %v, Adopting = %v, want %v", c.name, got, l.Adopting(), c.want)
		}
		if !c.want && (l.Waits(now, false) || !l.Renew(now, time.Second)) {
			t.Errorf("%s: the next plan waits too, or the plane is not extended", c.name)
		}
	}
}

// member is a port that can be kept.
type member struct {
	link.Port
	kept bool
	err  error
}

func (m *member) Keep() error { m.kept = true; return m.err }

func TestKeep(t *testing.T) {
	refused := errors.New("refused")
	a, b := &member{err: refused}, new(member)
	p := new(lasting)
	l := Of(start, p)
	if err := l.Keep(slices.Values([]link.Port{a, struct{ link.Port }{}, b})); !errors.Is(err, refused) {
		t.Errorf("Keep() = %v, want the error of a member", err)
	}
	if !p.keep || !a.kept || !b.kept {
		t.Errorf("kept: plane %v, members %v, %v; want all", p.keep, a.kept, b.kept)
	}
}

func TestPlaneThatEndsWithTheProcess(t *testing.T) {
	var none struct{ plane.Plane }
	l := Of(start, none)
	m := new(member)
	if err := l.Keep(slices.Values([]link.Port{m})); err != nil || m.kept {
		t.Errorf("Keep() = %v, member kept: %v; want nothing done", err, m.kept)
	}
	if l.Renew(start, time.Second) || !l.Next().IsZero() || l.Waits(start, false) {
		t.Error("control has work for a plane that ends with the process")
	}
}
