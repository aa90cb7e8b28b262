package waitlist

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"
)

var start = time.Unix(1000, 0)

func TestInterfaceIsListedOnce(t *testing.T) {
	var l List
	l.Add("eth0")
	l.Add("eth0")
	if len(l) != 1 || !l.Has("eth0") || l.Has("eth1") {
		t.Errorf("list has %d interfaces, eth0: %v, eth1: %v, want eth0 alone", len(l), l.Has("eth0"), l.Has("eth1"))
	}
	if !l.Remove("eth0") || l.Remove("eth0") {
		t.Error("Remove() = false, then true, want true, then false")
	}
}

func TestMissingIsNewsOnceForEachCause(t *testing.T) {
	var l List
	l.Add("eth0")
	busy := errors.New("busy")
	for i, c := range []struct {
		why  error
		news bool
	}{{fs.ErrNotExist, true}, {fs.ErrNotExist, false}, {busy, true}, {errors.New("busy"), false}} {
		if news := l.Missing(start, "eth0", c.why); news != c.news {
			t.Errorf("step %d: Missing(%v) = %v, want %v", i, c.why, news, c.news)
		}
	}
	if l.Missing(start, "eth1", busy) {
		t.Error("Missing() = true for an interface that is not listed, want false")
	}
	l.Present("eth0")
	if !l.Missing(start, "eth0", busy) {
		t.Error("Missing() = false after the interface was a member, want true")
	}
}

func TestInterfaceThatCanNotBeOpenedIsTriedAgainAfterAPauseThatDoubles(t *testing.T) {
	var l List
	l.Add("eth0")
	l.Add("eth1")
	l.Missing(start, "eth1", fs.ErrNotExist) // waits for its arrival
	now := start
	for i, want := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, time.Second, time.Second} {
		l.Missing(now, "eth0", errors.New("busy"))
		if names, next := l.Due(now, false); len(names) != 0 || next.Sub(now) != want {
			t.Errorf("failure %d: due now %q, next after %v, want none and %v", i, names, next.Sub(now), want)
		}
		now = now.Add(want)
		if names, _ := l.Due(now, false); !slices.Equal(names, []string{"eth0"}) {
			t.Errorf("failure %d: due after the pause: %q, want eth0", i, names)
		}
	}
	if names, _ := l.Due(start, true); !slices.Equal(names, []string{"eth0", "eth1"}) {
		t.Errorf("due at an arrival: %q, want eth0 and eth1", names)
	}
}

func TestWhyNamesTheCause(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{{fs.ErrNotExist, "there is no interface of this name"}, {errors.New("busy"), "busy"}} {
		if got := (&Entry{Err: c.err}).Why(); got != c.want {
			t.Errorf("Why() = %q for %v, want %q", got, c.err, c.want)
		}
	}
}
