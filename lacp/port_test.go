package lacp

import (
	"testing"
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
