package netif

import (
	"net"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// A member that was moved away and came back, with its own index or another, gets its
// MAC address and MTU back at the end, whichever end that is.
func TestMemberThatWasAwayGetsItsAddressBackBOX10(t *testing.T) {
	own := net.HardwareAddr{2, 0, 0, 0, 1, 1}
	for _, tt := range []struct {
		what    string
		index   bool // it returns with another index
		restore bool // by Restore, not by another takeover
	}{
		{"same index", false, false},
		{"another index", true, false},
		{"another index, restored", true, true},
	} {
		c := layCable(t)
		c.near.SetHardwareAddr(t, nearName, own)
		l := c.open(t, c.memberConfig())
		other := netlab.New(t)
		c.near.Move(t, nearName, other)
		awaitState(t, l, "removed", func(s link.State) bool { return s.Removed })
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if got := other.Interface(t, nearName).HardwareAddr.String(); got != bondAddr.String() {
			t.Fatalf("%s: away, the MAC address is %s, want the bond's", tt.what, got)
		}
		if tt.index {
			// The index is taken when it comes back.
			c.near.Run(t, "ip", "link", "add", "name", "taken0", "index", itoa(other.Index(t, nearName)), "type", "bridge")
		}
		other.Move(t, nearName, c.near)
		c.near.Up(t, nearName)
		if tt.restore {
			if err := c.restore(t); err != nil {
				t.Errorf("%s: Restore() = %v, want nil", tt.what, err)
			}
		} else if err := c.open(t, c.memberConfig()).Close(); err != nil {
			t.Errorf("%s: %v", tt.what, err)
		}
		ifi := c.near.Interface(t, nearName)
		if ifi.HardwareAddr.String() != own.String() || ifi.MTU != 1500 {
			t.Errorf("%s: MAC address %s, MTU %d; want %s, 1500", tt.what, ifi.HardwareAddr, ifi.MTU, own)
		}
		c.checkEmpty(t)
	}
}

// A MAC address and an MTU that could not be set, since the member was just moved away, are
// not recorded as those that it has: it gets its own back when it returns.
func TestMemberThatWasAwayDuringAChangeGetsItsAddressBackBOX10(t *testing.T) {
	own := net.HardwareAddr{2, 0, 0, 0, 1, 1}
	c := layCable(t)
	c.near.SetHardwareAddr(t, nearName, own)
	cfg := c.memberConfig()
	cfg.MTU = 1600
	l := c.open(t, cfg)
	other := netlab.New(t)
	c.near.Move(t, nearName, other)
	if err := l.SetHardwareAddr(net.HardwareAddr{2, 0, 0, 0, 7, 7}); err == nil {
		t.Error("SetHardwareAddr() of a member that is away = nil, want an error")
	}
	if err := l.SetMTU(1700); err == nil {
		t.Error("SetMTU() of a member that is away = nil, want an error")
	}
	awaitState(t, l, "removed", func(s link.State) bool { return s.Removed })
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	other.Move(t, nearName, c.near)
	c.near.Up(t, nearName)
	if err := c.open(t, c.memberConfig()).Close(); err != nil {
		t.Error(err)
	}
	ifi := c.near.Interface(t, nearName)
	if ifi.HardwareAddr.String() != own.String() || ifi.MTU != 1500 {
		t.Errorf("MAC address %s, MTU %d; want %s, 1500", ifi.HardwareAddr, ifi.MTU, own)
	}
	c.checkEmpty(t)
}

// A member that is deleted leaves nothing.
func TestDeletedMemberLeavesNoRecordBOX10(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.memberConfig())
	c.near.Delete(t, nearName)
	awaitState(t, l, "removed", func(s link.State) bool { return s.Removed })
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c.checkEmpty(t)
}
