package lacp

import (
	"testing"
	"time"
	"unsafe"
)

// The memory of a port.
func TestPortSize(t *testing.T) {
	size := unsafe.Sizeof(port{}) + unsafe.Sizeof(history{})
	t.Logf("a port takes %d octets, %d of them its history", size, unsafe.Sizeof(history{}))
	if size > 2048 {
		t.Errorf("a port takes %d octets, want at most 2048", size)
	}
}

// The System with the lower identifier comes first, ours or the partner's.
func TestLAGIDIsCanonical(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	lower := SystemID{1, MAC{2, 0, 0, 0, 0, 1}}
	d.hear(1, func(p *PDU) { p.Actor.System = lower })
	if got := d.port(1).LAGID; got.Local.System != lower || got.Remote.System != ourSystem || got.Local.Key != 2 || got.Remote.Key != 1 {
		t.Errorf("LAG ID %v: want the partner's half first", got)
	}
}

// Selected keeps the time of its last change.
func TestSelectedKeepsItsTime(t *testing.T) {
	s, p := testPort(t)
	s.now = 5
	p.setSelected(s, Selected, causeNone)
	s.now = 9
	p.setSelected(s, Selected, causeNone)
	if p.since.selected != 5 {
		t.Errorf("since %v, want 5ns", time.Duration(p.since.selected))
	}
}
