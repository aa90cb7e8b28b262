package lab

import (
	"fmt"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// bed is lacpd and Open vSwitch with cables between them.
type bed struct {
	near, far *netlab.NS // of lacpd and of Open vSwitch
	ours      []string   // member interfaces of lacpd: near
	theirs    []string   // and of Open vSwitch: far, at the other ends
	ovs       *ovs
	lacpd     *lacpd
}

type bedConfig struct {
	members    int
	slow       bool // both ends ask for the slow rate
	ovsPassive bool
	passive    bool
}

// newBed starts both ends, with the cables unplugged: Open vSwitch's ends are down.
func newBed(t testing.TB, cfg bedConfig) *bed {
	t.Helper()
	b := layCables(t, cfg.members)
	b.startOVS(t, cfg)
	for _, name := range b.theirs {
		b.far.Down(t, name)
	}
	b.startLacpd(t, cfg)
	return b
}

// layCables makes the namespaces and cables. The ends are up, with default offloads.
func layCables(t testing.TB, members int) *bed {
	t.Helper()
	needLab(t)
	b := &bed{near: netlab.New(t), far: netlab.New(t)}
	for i := range members {
		ours, theirs := fmt.Sprintf("p%d", i), fmt.Sprintf("o%d", i)
		netlab.Pair(t, b.near, ours, b.far, theirs)
		b.near.Up(t, ours)
		b.far.Up(t, theirs)
		b.ours, b.theirs = append(b.ours, ours), append(b.theirs, theirs)
	}
	return b
}

func (b *bed) startOVS(t testing.TB, cfg bedConfig) {
	t.Helper()
	b.ovs = startOVS(t, b.far, ovsConfig{members: b.theirs, passive: cfg.ovsPassive, fast: !cfg.slow})
}

func (b *bed) startLacpd(t testing.TB, cfg bedConfig) {
	t.Helper()
	b.lacpd = startLacpd(t, b.near, lacpdConfig{members: b.ours, passive: cfg.passive, fast: !cfg.slow})
}

// plugIn sets Open vSwitch's ends up and returns the time.
func (b *bed) plugIn(t testing.TB) time.Time {
	t.Helper()
	at := time.Now()
	for _, name := range b.theirs {
		b.far.Up(t, name)
	}
	return at
}

// form plugs the cables in and waits until both ends use all of them.
func (b *bed) form(t testing.TB, limit time.Duration) time.Duration {
	t.Helper()
	at := b.plugIn(t)
	return await(t, "both ends collect and distribute on all members", at, limit,
		func() bool { return b.weUseAll(t) && b.theyUseAll(t) }, func() string { return b.show(t) })
}

func (b *bed) weUseAll(t testing.TB) bool {
	s := b.lacpd.status(t)
	for _, m := range s.Members {
		if !m.CarriesData || m.Reason.Code != "Distributing" {
			return false
		}
	}
	return s.Up && len(s.Members) == len(b.ours)
}

func (b *bed) theyUseAll(t testing.TB) bool {
	members := b.ovs.Members(t)
	for _, name := range b.theirs {
		if !distributing(members[name]) {
			return false
		}
	}
	return true
}

func (b *bed) show(t testing.TB) string {
	return fmt.Sprintf("lacpd: %+v\nOpen vSwitch: %s", b.lacpd.status(t), b.ovs.Show())
}
