package lacp

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestNothingDue(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	if at := d.Deadline(); !at.IsZero() {
		t.Errorf("a port that is down has the deadline %v", at)
	}
	d.up(1)
	if at := d.Deadline(); at.IsZero() {
		t.Error("a port that is up has no deadline")
	}
	d.down(1)
	d.pass(2 * time.Second) // wait_while of the port, which was WAITING
	if at := d.Deadline(); !at.IsZero() {
		t.Errorf("a port that went down has the deadline %v", at)
	}
	empty := newDUT(t, Config{})
	empty.Advance(start)
	if at := empty.Deadline(); !at.IsZero() || len(empty.Actions()) != 0 {
		t.Errorf("a System without ports has the deadline %v", at)
	}
}

// After any inputs, the deadline is the earliest of all ports.
func TestDeadlineIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	ports := make([]PortConfig, 20)
	for i := range ports {
		ports[i].ShortTimeout = i%2 == 0
	}
	d := newDUT(t, Config{}, ports...)
	for range 5000 {
		n := PortNumber(1 + r.IntN(len(ports)))
		switch r.IntN(6) {
		case 0:
			d.link(n, Link{Up: r.IntN(4) > 0})
		case 1, 2, 3:
			d.hear(n, func(p *PDU) { p.Actor.State ^= State(r.Uint32()) & StateTimeout })
		case 4:
			d.pass(time.Duration(r.IntN(1500)) * time.Millisecond)
		case 5:
			d.now = d.now.Add(time.Duration(r.IntN(300)) * time.Millisecond)
			d.Advance(d.now)
			d.drain()
		}
		want := never
		for _, p := range d.ports {
			want = min(want, p.deadline())
		}
		got := d.Deadline()
		if want == never != got.IsZero() || want != never && !got.Equal(d.System.time(want)) {
			t.Fatalf("deadline %v, want %v", got, d.System.time(want))
		}
	}
}
