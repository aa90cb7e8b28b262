//go:build linux

package main

import (
	"testing"
	"testing/synctest"
	"time"
)

func noSlack(time.Time) time.Duration { return 0 }

func (m *model) expectNow() expectation { return m.expect(time.Now(), noSlack) }

func TestModelKnowsAFaultAfterItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(2)
		time.Sleep(time.Millisecond)
		m.breaks(1, "pulled", soon)
		if e := m.expectNow(); e.all || !e.known[0] || e.known[1] || e.carries[1] || !e.carries[0] || !e.up {
			t.Errorf("at once: %+v, want member 1 not known", e)
		}
		time.Sleep(soon + time.Millisecond)
		if e := m.expectNow(); !e.all || e.carries[1] {
			t.Errorf("after the bound: %+v, want all known and member 1 not used", e)
		}
		m.breaks(1, "silent", silent)
		m.mends(1, "pulled")
		time.Sleep(back + time.Millisecond)
		if e := m.expectNow(); !e.all || e.carries[1] {
			t.Errorf("with one of two faults left: %+v, want member 1 not used", e)
		}
		m.mends(1, "silent")
		time.Sleep(back + time.Millisecond)
		if e := m.expectNow(); !e.all || !e.carries[1] {
			t.Errorf("mended: %+v, want member 1 used", e)
		}
	})
}

func TestModelKnowsNothingOfAStoppedProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(2)
		time.Sleep(time.Millisecond)
		m.all(0, func() { m.frozen++ })
		m.breaks(0, "pulled", soon)
		time.Sleep(time.Minute)
		if e := m.expectNow(); e.known[0] || e.known[1] || !e.frozen {
			t.Errorf("stopped: %+v, want nothing known", e)
		}
		m.all(back, func() { m.frozen-- })
		if e := m.expectNow(); e.known[0] || e.known[1] {
			t.Errorf("just after SIGCONT: %+v, want nothing known", e)
		}
		time.Sleep(back + time.Millisecond)
		if e := m.expectNow(); !e.all || e.carries[0] || !e.carries[1] {
			t.Errorf("after the bound: %+v, want member 0 not used, member 1 used", e)
		}
	})
}

func TestModelNeedsMinLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(3)
		m.all(0, func() { m.minLinks = 3 })
		m.breaks(0, "pulled", 0)
		time.Sleep(time.Millisecond)
		if e := m.expectNow(); !e.all || e.up || e.carries[1] {
			t.Errorf("two of three links with min_links 3: %+v, want down and no member used", e)
		}
	})
}
