package netif

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/internal/netlab"
)

func TestMemberIsAPort(t *testing.T) {
	linktest.TestPort(t, func(t *testing.T) (link.Port, linktest.Far) {
		t.Parallel()
		c := layCable(t)
		return c.openMember(t, c.config()), c.wireFar(t)
	})
}

// openMember opens the near end for a plane in the kernel.
func (c *cable) openMember(t *testing.T, cfg Config) *Member {
	t.Helper()
	var m *Member
	c.near.Must(t, func() (err error) {
		m, err = OpenMember(cfg)
		return err
	})
	t.Cleanup(func() { m.Close() })
	return m
}

// flags returns those of the near end that decide what it receives.
func (c *cable) flags(t *testing.T) (flags uint32) {
	t.Helper()
	c.near.Must(t, func() error {
		n, err := enterNamespace()
		if err != nil {
			return err
		}
		li, err := n.rt.LinkByName(nearName)
		if err != nil {
			return err
		}
		flags = li.Flags & receptionFlags
		return n.leave()
	})
	return flags
}

// TestMemberReceivesWithoutItsProcess: what a member of a plane in the kernel is asked to receive is
// set on the interface, and taken from it at the end, except what it had before.
func TestMemberReceivesWithoutItsProcess(t *testing.T) {
	for _, c := range []struct {
		policy        ReceivePolicy
		before, while uint32
	}{
		{ReceiveAll, 0, unix.IFF_PROMISC | unix.IFF_ALLMULTI},
		{ReceiveAll, unix.IFF_PROMISC, unix.IFF_PROMISC | unix.IFF_ALLMULTI},
		{ReceiveAll, unix.IFF_ALLMULTI, unix.IFF_PROMISC | unix.IFF_ALLMULTI},
		{ReceiveAddressed, 0, unix.IFF_ALLMULTI},
		{ReceiveAddressed, unix.IFF_PROMISC, unix.IFF_PROMISC | unix.IFF_ALLMULTI},
	} {
		b := layCable(t)
		for flag, word := range map[uint32]string{unix.IFF_PROMISC: "promisc", unix.IFF_ALLMULTI: "allmulticast"} {
			if c.before&flag != 0 {
				b.near.Run(t, "ip", "link", "set", "dev", nearName, word, "on")
			}
		}
		cfg := b.memberConfig()
		cfg.Receive = c.policy
		m := b.openMember(t, cfg)
		if got := b.flags(t); got != c.while {
			t.Errorf("%v, found with %#x: flags %#x as a member, want %#x", c.policy, c.before, got, c.while)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if got := b.flags(t); got != c.before {
			t.Errorf("%v: flags %#x after Close, want %#x as found", c.policy, got, c.before)
		}
		b.checkEmpty(t)
	}
}

// TestMemberAcceptsTheBondsAddress: a member that keeps its own MAC address accepts frames to the
// bond's too, follows a change of it, and accepts another program's address as before.
func TestMemberAcceptsTheBondsAddress(t *testing.T) {
	c := layCable(t)
	others := net.HardwareAddr{2, 0, 0, 0, 9, 9}
	c.near.Run(t, "bridge", "fdb", "add", others.String(), "dev", nearName, "self", "permanent")
	accepts := func(addr net.HardwareAddr) bool {
		return strings.Contains(c.near.Run(t, "bridge", "fdb", "show", "dev", nearName), addr.String())
	}
	cfg := c.memberConfig()
	cfg.KeepAddr, cfg.Receive = true, ReceiveAddressed
	m := c.openMember(t, cfg)
	check := func(when string, addr net.HardwareAddr, want bool) {
		t.Helper()
		if got := accepts(addr); got != want {
			t.Errorf("%s: frames to %v accepted: %v, want %v", when, addr, got, want)
		}
	}
	check("as a member", bondAddr, true)
	next := net.HardwareAddr{2, 0, 0, 0, 0xb0, 0x0e}
	for _, addr := range []net.HardwareAddr{next, nil} {
		if err := m.SetHardwareAddr(addr); err != nil {
			t.Fatal(err)
		}
	}
	check("after a change", bondAddr, false)
	check("after a change", next, true)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	check("after Close", next, false)
	check("after Close", others, true)
	c.checkEmpty(t)
}

// TestLostPromiscuityIsAFault: another program turns it off; the member reports that, and repairs
// it.
func TestLostPromiscuityIsAFault(t *testing.T) {
	c := layCable(t)
	m := c.openMember(t, c.memberConfig())
	states := link.States(m)
	until := func(what string, faults link.Faults) {
		t.Helper()
		for {
			select {
			case st := <-states:
				if st.Faults == faults {
					return
				}
			case <-time.After(netlab.Patience):
				t.Fatalf("want a state with %s", what)
			}
		}
	}
	until("no fault", 0)
	c.near.Run(t, "ip", "link", "set", "dev", nearName, "promisc", "off")
	until("the fault", link.FaultReception)
	if err := m.Repair(link.FaultReception); err != nil {
		t.Fatal(err)
	}
	until("no fault", 0)
	if got := c.flags(t); got != receptionFlags {
		t.Errorf("flags %#x after Repair, want %#x", got, uint32(receptionFlags))
	}
}

// TestKeptMemberIsAdopted: a member that was kept stays one. Restore leaves it alone if it is to,
// the next OpenMember adopts it, and the interface is as it was in the end.
func TestKeptMemberIsAdopted(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	c.dress(t)
	before := snap(t, c.near, nearName)
	m := c.openMember(t, c.memberConfig())
	if err := m.Keep(); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	c.checkMember(t)
	c.near.Must(t, func() error { return Restore(c.dir, "other", nearName) })
	c.checkMember(t)
	next := c.openMember(t, c.memberConfig())
	c.checkMember(t)
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
	c.checkRestored(t, before)

	m = c.openMember(t, c.memberConfig())
	if err := m.Keep(); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	c.near.Must(t, func() error { return Restore(c.dir, "other") })
	c.checkRestored(t, before)
	if got := c.flags(t); got != 0 {
		t.Errorf("flags %#x after Restore, want none", got)
	}
}

// TestRecordedReceptionIsChecked: a record can't ask for other flags, or stations that are none.
func TestRecordedReceptionIsChecked(t *testing.T) {
	c := layCable(t)
	m := c.openMember(t, c.memberConfig())
	r := *m.taken.rec
	for what, change := range map[string]func(*record){
		"a flag that is not of reception": func(r *record) { r.Asked |= unix.IFF_UP },
		"a group as station":              func(r *record) { r.Stations = []string{"01:00:5e:00:00:01"} },
		"text as station":                 func(r *record) { r.Stations = []string{"x"} },
	} {
		bad := r
		bad.Stations = slices.Clone(r.Stations)
		bad.file = recordName(&r)
		change(&bad)
		if err := bad.check(); err == nil {
			t.Errorf("%s: the record is taken, want a refusal", what)
		}
	}
}
