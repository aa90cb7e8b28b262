package lab

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// handoverFrames is how many numbered frames pass each way while lacpd is upgraded again and again.
const handoverFrames = 10_000

// TestHandover upgrades lacpd under traffic with Open vSwitch. It takes half a minute.
func TestHandover(t *testing.T) {
	needLong(t)
	b := newBed(t, bedConfig{members: 2})
	b.form(t, 10*time.Second)
	changes := b.ovs.changes(t)
	index := b.near.Index(t, ourBond)
	out := netlab.StartNumbers(t, b.near, b.far, ovsIP, 4, 2*time.Millisecond)
	in := netlab.StartNumbers(t, b.far, b.near, ourIP, 4, 2*time.Millisecond)
	start, handovers := time.Now(), 0
	for ; handovers < 10 || min(out.Sent(), in.Sent()) < handoverFrames; handovers++ {
		b.lacpd.succeed(t, b.near)
	}
	for _, way := range []struct {
		name string
		sent *netlab.Numbered
	}{{"to Open vSwitch", out}, {"from it", in}} {
		n := way.sent.End()
		t.Logf("%d handovers in %v, %s: %v", handovers, time.Since(start).Round(time.Millisecond), way.name, n)
		if !n.Clean() || n.Sent < handoverFrames {
			t.Errorf("%s: %v, want %d or more, and none lost, duplicated or out of order", way.name, n, handoverFrames)
		}
	}
	if got := b.ovs.changes(t); got != changes {
		t.Errorf("Open vSwitch has seen changes:\n%s\nwant\n%s", got, changes)
	}
	if !b.weUseAll(t) || !b.theyUseAll(t) {
		t.Errorf("not all links are in use: %s", b.show(t))
	}
	if got := b.near.Index(t, ourBond); got != index {
		t.Errorf("%s has index %d, want %d", ourBond, got, index)
	}
}

// succeed starts a lacpd that takes over, and waits until the one before has ended.
func (l *lacpd) succeed(t testing.TB, ns *netlab.NS) {
	t.Helper()
	before, flags := l.Process, l.flags
	l.flags = append(flags[:len(flags):len(flags)], "-takeover")
	l.run(t, ns)
	l.flags = flags
	await(t, "the lacpd before ends", time.Now(), 10*time.Second, before.Ended, before.Log.String)
}

// counted is what Open vSwitch counts although nothing changes.
var counted = regexp.MustCompile(`(?m)^ *(TX|RX) PDUs.*\n`)

// changes returns how often Open vSwitch has seen each link change, and how it sees the links.
func (o *ovs) changes(t testing.TB) string {
	t.Helper()
	stats, err := o.Ask("lacp/show-stats")
	if err != nil {
		t.Fatal(err)
	}
	show, err := o.Ask("lacp/show")
	if err != nil {
		t.Fatal(err)
	}
	var flags []string
	for line := range strings.Lines(show) {
		if strings.Contains(line, "state") {
			flags = append(flags, line)
		}
	}
	return counted.ReplaceAllString(stats, "") + strings.Join(flags, "")
}
