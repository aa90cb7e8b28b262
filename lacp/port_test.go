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
