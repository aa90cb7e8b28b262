package lacp

import (
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
