package netif

import (
	"net"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// A member that was moved away and came back, with the same index or another, gets its MAC
// address and MTU back when it is closed or restored.
func TestMemberThatWasAwayGetsItsAddressBackBOX10(t *testing.T) {
	t.Parallel()
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
			// Another interface has the index when it comes back.
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

// A MAC address and an MTU that could not be set because the member was just moved away are
// not recorded as its own. It gets its own back when it returns.
func TestMemberThatWasAwayDuringAChangeGetsItsAddressBackBOX10(t *testing.T) {
	t.Parallel()
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

// A member that was found down is left down, with the address that another program gave it
// meanwhile, and without the route that the kernel adds for that address to an interface that
// is up.
func TestAddressOfAMemberFoundDownStaysBOX03(t *testing.T) {
	c := layCable(t)
	c.near.Down(t, nearName)
	l := c.open(t, c.memberConfig())
	c.near.AddAddr(t, nearName, "192.0.2.3/24")
	awaitState(t, l, "address noticed", func(s link.State) bool { return s.Faults&link.FaultHostAddress != 0 })
	if err := l.Repair(link.FaultHostAddress); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if got := c.near.Run(t, "ip", "-o", "-4", "addr", "show", "dev", nearName); !strings.Contains(got, "192.0.2.3/24") {
		t.Errorf("addresses are %q, want 192.0.2.3/24", got)
	}
	if c.near.Interface(t, nearName).Flags&net.FlagUp != 0 {
		t.Error("the interface is up, want down as it was")
	}
	c.checkEmpty(t)
}
