package bond_test

import (
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// host is a namespace with a bond. The far ends of its members are in another namespace.
type host struct {
	near, far *netlab.NS
	bond      *bond.Bond
	events    <-chan bond.Event
}

// newHost makes a number of cables, m0, m1 and so on, and opens a bond of the given
// interfaces.
func newHost(t *testing.T, cables int, mode bond.Mode, interfaces ...string) *host {
	t.Helper()
	h := &host{near: netlab.New(t), far: netlab.New(t)}
	for i := range cables {
		h.plug(t, i)
	}
	h.near.Must(t, func() (err error) {
		h.bond, err = bond.Open(bond.OpenConfig{Config: bond.Config{Mode: mode, Rate: bond.RateFast, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}, Interfaces: interfaces, StateDir: t.TempDir()})
		return err
	})
	t.Cleanup(func() {
		if err := h.bond.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
	h.events = h.bond.Watch(t.Context())
	return h
}

// plug makes cable i.
func (h *host) plug(t *testing.T, i int) {
	t.Helper()
	near, far := fmt.Sprintf("m%d", i), fmt.Sprintf("far%d", i)
	netlab.Pair(t, h.near, near, h.far, far)
	h.near.Up(t, near)
	h.far.Up(t, far)
}

// await waits until ok returns true for the status.
func (h *host) await(t *testing.T, what string, ok func(bond.Status) bool) bond.Status {
	t.Helper()
	return awaitStatus(t, h.bond, what, ok)
}

// awaitCarrying waits until exactly these members carry data.
func (h *host) awaitCarrying(t *testing.T, names ...string) bond.Status {
	t.Helper()
	return h.await(t, fmt.Sprintf("data on %v alone", names), func(st bond.Status) bool {
		var got []string
		for _, m := range st.Members {
			if m.Carries {
				got = append(got, m.Name)
			}
		}
		return slices.Equal(got, names)
	})
}

// event waits for an event of a kind about a member.
func (h *host) event(t *testing.T, kind bond.EventKind, member string) bond.Event {
	t.Helper()
	deadline := time.After(netlab.Patience)
	for {
		select {
		case e, ok := <-h.events:
			if !ok {
				t.Fatalf("no event %v of %q: the bond is closed", kind, member)
			}
			if e.Kind == kind && e.Member == member {
				return e
			}
		case <-deadline:
			t.Fatalf("no event %v of %q", kind, member)
		}
	}
}

func missing(st bond.Status) (names []string) {
	for _, m := range st.Missing {
		names = append(names, m.Name)
	}
	return names
}

func TestMemberComesBackBOX10(t *testing.T) {
	t.Parallel()
	h := newHost(t, 2, bond.ModeLoadBalance, "m0", "m1")
	h.awaitCarrying(t, "m0", "m1")
	h.near.Delete(t, "m1")
	if e := h.event(t, bond.EventMissing, "m1"); e.Detail == "" {
		t.Errorf("event %+v, want one that says why", e)
	}
	st := h.awaitCarrying(t, "m0")
	if got := missing(st); !slices.Equal(got, []string{"m1"}) || st.Missing[0].Why != "there is no interface of this name" {
		t.Errorf("missing %+v, want m1, which does not exist", st.Missing)
	}
	h.plug(t, 1)
	h.event(t, bond.EventAdded, "m1")
	st = h.awaitCarrying(t, "m0", "m1")
	if len(st.Missing) != 0 || st.Members[1].ID != 1 {
		t.Errorf("missing %+v, place of m1 %d; want none, 1", st.Missing, st.Members[1].ID)
	}
	// All members are moved away and back.
	for _, name := range []string{"m0", "m1"} {
		h.near.Move(t, name, h.far)
	}
	st = h.awaitCarrying(t)
	if st.Up || !slices.Equal(missing(st), []string{"m0", "m1"}) {
		t.Errorf("without interfaces: up %v, missing %+v; want m0 and m1 missing", st.Up, st.Missing)
	}
	for _, name := range []string{"m1", "m0"} {
		h.far.Move(t, name, h.near)
		h.near.Up(t, name)
	}
	st = h.awaitCarrying(t, "m0", "m1")
	if st.Members[0].ID != 0 || st.Members[1].ID != 1 {
		t.Errorf("places %d and %d, want 0 and 1", st.Members[0].ID, st.Members[1].ID)
	}
}

// A member that is away for a moment comes back while the bond still gives up its interface. It has
// its own address each time.
func TestMemberThatIsAwayForAMomentBOX10(t *testing.T) {
	netlab.Slow(t)
	h := newHost(t, 2, bond.ModeLoadBalance, "m0", "m1")
	own := h.awaitCarrying(t, "m0", "m1").Members[1].HardwareAddr.String()
	for i := range 15 {
		h.near.Move(t, "m1", h.far)
		h.far.Move(t, "m1", h.near)
		h.near.Up(t, "m1")
		st := h.awaitCarrying(t, "m0", "m1") // it may be away again by the next status
		if got := st.Members[1].HardwareAddr.String(); got != own {
			t.Fatalf("after %d times m1 has address %s, want its own, %s", i+1, got, own)
		}
	}
}

func TestMemberMissingAtStartBOX11(t *testing.T) {
	t.Parallel()
	h := newHost(t, 1, bond.ModeLoadBalance, "m1", "m0")
	st := h.awaitCarrying(t, "m0")
	if st.Members[0].ID != 1 || !slices.Equal(missing(st), []string{"m1"}) {
		t.Errorf("m0 has place %d, missing %+v; want 1, m1", st.Members[0].ID, st.Missing)
	}
	h.plug(t, 1)
	if st = h.awaitCarrying(t, "m1", "m0"); st.Members[0].ID != 0 {
		t.Errorf("m1 has place %d, want 0", st.Members[0].ID)
	}
}

func TestNoMemberAtStartBOX11(t *testing.T) {
	h := newHost(t, 0, bond.ModeLACP, "m0")
	st := h.bond.Status()
	if st.Up || len(st.Members) != 0 || !slices.Equal(missing(st), []string{"m0"}) {
		t.Errorf("status %+v, want m0 missing", st)
	}
	if a := st.HardwareAddr; len(a) != 6 || a[0]&3 != 2 {
		t.Errorf("address %v, want one locally administered", a)
	}
	h.plug(t, 0)
	own := h.near.Interface(t, "m0").HardwareAddr.String()
	h.event(t, bond.EventAdded, "m0")
	if st = h.bond.Status(); st.HardwareAddr.String() != own || st.System.MAC.String() != own {
		t.Errorf("address %v and system %v after m0 came, want its own, %v", st.HardwareAddr, st.System, own)
	}
	if got := h.near.Interface(t, "bond0").HardwareAddr.String(); got != own {
		t.Errorf("bond0 has address %v, want that of m0, %v", got, own)
	}
}

func TestAddInterfaceWaitsBOX11(t *testing.T) {
	t.Parallel()
	h := newHost(t, 1, bond.ModeLoadBalance, "m0")
	if err := h.bond.AddInterface("m1"); err != nil {
		t.Fatalf("AddInterface(m1) = %v for a missing interface, want nil", err)
	}
	if got := missing(h.bond.Status()); !slices.Equal(got, []string{"m1"}) {
		t.Errorf("missing %v, want m1", got)
	}
	h.plug(t, 1)
	h.awaitCarrying(t, "m0", "m1")
	if err := h.bond.AddInterface("m2"); err != nil {
		t.Fatal(err)
	}
	if err := h.bond.RemoveMember("m2"); err != nil {
		t.Errorf("RemoveMember(m2) = %v for a missing interface, want nil", err)
	}
	if got := missing(h.bond.Status()); len(got) != 0 {
		t.Errorf("missing %v, want none", got)
	}
	// An interface that exists but can't be used is refused, and the bond does not wait for it.
	if err := h.bond.AddInterface("lo"); err == nil {
		t.Error("AddInterface(lo) = nil, want an error")
	}
	if got := missing(h.bond.Status()); len(got) != 0 {
		t.Errorf("missing %v after a refusal, want none", got)
	}
}

func TestIngressFilterIsPutBackBOX13(t *testing.T) {
	t.Parallel()
	h := newHost(t, 1, bond.ModeLoadBalance, "m0")
	h.awaitCarrying(t, "m0")
	filters := func() string { return h.near.Run(t, "tc", "filter", "show", "dev", "m0", "ingress") }
	if filters() == "" {
		t.Fatal("no ingress filter on a member, want one")
	}
	for _, how := range [][]string{
		{"qdisc", "del", "dev", "m0", "clsact"},
		{"filter", "del", "dev", "m0", "ingress"},
	} {
		h.near.Run(t, "tc", how...)
		if e := h.event(t, bond.EventFault, "m0"); e.Err != nil || e.Detail == "" {
			t.Errorf("after tc %v: event %+v, want one without an error", how, e)
		}
		if filters() == "" {
			t.Errorf("after tc %v: no ingress filter, want it put back", how)
		}
	}
}

func TestInterfaceChangedAgainAndAgainBOX14(t *testing.T) {
	t.Parallel()
	h := newHost(t, 1, bond.ModeLoadBalance, "m0")
	h.awaitCarrying(t, "m0")
	want := h.bond.HardwareAddr().String()
	for i := range 40 {
		h.near.SetHardwareAddr(t, "m0", net.HardwareAddr{2, 0, 0, 0, 1, byte(i)})
	}
	h.event(t, bond.EventAddr, "m0")
	h.await(t, "with its address", func(bond.Status) bool {
		return h.near.Interface(t, "m0").HardwareAddr.String() == want
	})
	for i := range 40 {
		h.near.Run(t, "ip", "link", "set", "dev", "m0", "mtu", fmt.Sprint(1300+i))
	}
	h.event(t, bond.EventMTU, "m0")
	h.await(t, "with its MTU", func(bond.Status) bool { return h.near.Interface(t, "m0").MTU == 1500 })
	h.await(t, "in order", func(st bond.Status) bool { return st.Members[0].Reason.String() == "Distributing" })
}

func TestMemberTakenByAnotherProgramBOX26(t *testing.T) {
	netlab.Slow(t)
	t.Parallel()
	h := newHost(t, 1, bond.ModeLoadBalance, "m0")
	h.awaitCarrying(t, "m0")
	h.near.Run(t, "ip", "link", "add", "name", "br0", "type", "bridge")
	h.near.Run(t, "ip", "link", "set", "dev", "m0", "master", "br0")
	if e := h.event(t, bond.EventFault, "m0"); e.Err != nil {
		t.Errorf("enslaved: event %+v, want one without an error", e)
	}
	h.await(t, "out of the bridge", func(st bond.Status) bool { return st.Members[0].Link.Faults == 0 && st.Members[0].Link.Master == "" })
	h.near.Run(t, "ip", "addr", "add", "192.0.2.9/24", "dev", "m0")
	if e := h.event(t, bond.EventFault, "m0"); !e.Up && e.Err != nil {
		t.Errorf("given an address: event %+v, want one without an error", e)
	}
	h.await(t, "without the address", func(bond.Status) bool {
		return h.near.Run(t, "ip", "-o", "addr", "show", "dev", "m0") == ""
	})
	h.near.Run(t, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/m0/disable_ipv6")
	h.event(t, bond.EventFault, "m0")
	h.await(t, "without IPv6", func(bond.Status) bool {
		return h.near.Run(t, "ip", "-o", "addr", "show", "dev", "m0") == ""
	})
	h.near.Run(t, "ip", "link", "add", "name", "upper0", "link", "m0", "type", "macvlan")
	h.await(t, "wrong for what sits on it", func(st bond.Status) bool {
		return st.Members[0].Reason.Code == lacp.ReasonInterfaceChanged
	})
	h.near.Delete(t, "upper0")
	h.await(t, "right again", func(st bond.Status) bool { return st.Members[0].Reason.Code == lacp.ReasonDistributing })
	if err := h.bond.Close(); err != nil {
		t.Fatal(err)
	}
	if got := h.near.Run(t, "ip", "-o", "-4", "addr", "show", "dev", "m0"); got == "" {
		t.Error("m0 has no IPv4 address at the end, want the one added meanwhile")
	}
}

func TestAlternativeNamesBOX41(t *testing.T) {
	t.Parallel()
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "m0", far, "far0")
	near.Up(t, "m0")
	far.Up(t, "far0")
	const alt = "enp0s31f6-with-a-name-longer-than-any-other"
	near.Run(t, "ip", "link", "property", "add", "dev", "m0", "altname", alt)
	near.Run(t, "ip", "link", "property", "add", "dev", "m0", "altname", "uplink")
	h := &host{near: near, far: far}
	near.Must(t, func() (err error) {
		h.bond, err = bond.Open(bond.OpenConfig{Config: bond.Config{Mode: bond.ModeLoadBalance}, Interfaces: []string{alt}, StateDir: t.TempDir()})
		return err
	})
	t.Cleanup(func() { _ = h.bond.Close() })
	st := h.awaitCarrying(t, alt)
	if got := st.Members[0].Link.Name; got != "m0" {
		t.Errorf("the member's interface is %q, want m0", got)
	}
	for _, name := range []string{alt, "m0", "uplink"} {
		if err := h.bond.AddInterface(name); err == nil {
			t.Errorf("AddInterface(%s) = nil for a member, want an error", name)
		}
		if _, err := h.bond.History(name); err != nil {
			t.Errorf("History(%s) = %v, want nil", name, err)
		}
	}
	near.Run(t, "ip", "link", "set", "dev", "m0", "name", "other0")
	h.await(t, "renamed", func(st bond.Status) bool { return st.Members[0].Link.Renamed == "other0" })
	if err := h.bond.Drain("other0", false); err != nil {
		t.Errorf("Drain(other0) = %v, want nil", err)
	}
	if err := h.bond.RemoveMember("uplink"); err != nil {
		t.Errorf("RemoveMember(uplink) = %v, want nil", err)
	}
	if st := h.bond.Status(); len(st.Members) != 0 || len(st.Missing) != 0 {
		t.Errorf("status after the removal %+v, want neither members nor missing ones", st)
	}
}

// The device was made without any member and offers large segments. A virtual link that joins
// later can't use them.
func TestVirtualMemberJoinsLaterBOX11(t *testing.T) {
	t.Parallel()
	h := newHost(t, 0, bond.ModeLoadBalance, "m0")
	if _, err := exec.LookPath("ethtool"); err != nil {
		t.Skip("needs ethtool")
	}
	features := func() string { return h.near.Run(t, "ethtool", "-k", "bond0") }
	if got := features(); !strings.Contains(got, "tcp-segmentation-offload: on") {
		t.Fatalf("without members: %s, want segmentation on", got)
	}
	h.plug(t, 0)
	h.awaitCarrying(t, "m0")
	if got := features(); !strings.Contains(got, "tcp-segmentation-offload: off") {
		t.Errorf("with a virtual member: %s, want segmentation off", got)
	}
}
