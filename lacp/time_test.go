package lacp

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestTimeGoingBack(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.hear(1)
	due := d.Deadline()
	d.Advance(d.now.Add(-time.Hour))
	d.drain()
	if got := d.Deadline(); !got.Equal(due) || len(d.trace) != 0 {
		t.Errorf("deadline %v, want %v; transitions %v", got, due, d.trace)
	}
	// A LACPDU with an older time counts as received at the newest time.
	if _, err := d.Receive(d.now.Add(-time.Minute), 1, pduFrame(d.healthy(1))); err != nil {
		t.Fatal(err)
	}
	d.drain()
	d.pass(2999 * time.Millisecond)
	if got := d.port(1).Receive; got != ReceiveCurrent {
		t.Errorf("Receive machine %v before 3 s", got)
	}
	d.pass(time.Millisecond)
	if got := d.port(1).Receive; got != ReceiveExpired {
		t.Errorf("Receive machine %v after 3 s", got)
	}
}

// After a jump of time each timer is handled once. Missed periods are not made up for.
func TestJumpForward(t *testing.T) {
	t.Run("SYS-15 the clock jumps ahead by an hour", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{ShortTimeout: true}, PortConfig{})
		d.establish(1, 2)
		d.hear(1, func(p *PDU) { p.Actor.State |= StateTimeout })
		d.pass(time.Second)
		d.forget()
		d.now = d.now.Add(time.Hour)
		d.Advance(d.now)
		d.drain()
		for n := PortNumber(1); n <= 2; n++ {
			if st := d.port(n); st.Receive != ReceiveExpired || st.Counters.Expired != 2 || len(d.sent[n]) != 1 {
				t.Errorf("port %d: %v, EXPIRED %d times, %d LACPDUs; want EXPIRED, 2, 1", n, st.Receive, st.Counters.Expired, len(d.sent[n]))
			}
		}
		if got := d.Deadline(); !got.Equal(d.now.Add(time.Second)) {
			t.Errorf("next deadline in %v, want 1s", got.Sub(d.now))
		}
		d.pass(3 * time.Second)
		if st := d.port(1); st.Receive != ReceiveDefaulted || len(d.sent[1]) > 5 {
			t.Errorf("%v, %d LACPDUs", st.Receive, len(d.sent[1]))
		}
	})
}

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

// The heap returns the ports in the order of their times after any operations.
func TestAgenda(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	ports := make([]*port, 200)
	at := map[*port]instant{}
	for i := range ports {
		ports[i] = &port{place: -1}
	}
	var a timerHeap
	for range 20_000 {
		p := ports[r.IntN(len(ports))]
		if r.IntN(3) == 0 {
			a.cancel(p)
			delete(at, p)
		} else {
			when := instant(r.IntN(1000))
			a.plan(p, when)
			at[p] = when
		}
		earliest := never
		for _, when := range at {
			earliest = min(earliest, when)
		}
		if a.next() != earliest || len(a) != len(at) {
			t.Fatalf("next wake-up %d of %d ports, want %d of %d", a.next(), len(a), earliest, len(at))
		}
	}
	for i, e := range a {
		if e.port.place != i || at[e.port] != e.at {
			t.Errorf("place %d holds a port that is at %d", i, e.port.place)
		}
	}
}
