package netif

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// filters reports an interface's promiscuity and all-multicast counts as ip prints them.
func filters(t *testing.T, ns *netlab.NS, name string) string {
	t.Helper()
	words := strings.Fields(ns.Run(t, "ip", "-d", "-o", "link", "show", "dev", name))
	i := slices.Index(words, "promiscuity")
	if i < 0 || i+3 >= len(words) {
		t.Fatalf("ip shows no promiscuity of %s: %s", name, words)
	}
	return strings.Join(words[i:i+4], " ")
}

// layFilter makes an interface adapter0 that filters as adapters do. The far end of the cable
// sends to it.
func (c *cable) layFilter(t *testing.T, kind string) Config {
	t.Helper()
	switch kind {
	case "macvlan": // accepts the groups that it has joined
		c.near.Run(t, "ip", "link", "add", "name", "adapter0", "link", nearName, "type", "macvlan", "mode", "private")
	case "bridge": // accepts other stations' frames if it is promiscuous
		c.near.Run(t, "ip", "link", "add", "name", "adapter0", "type", "bridge")
		c.near.Run(t, "ip", "link", "set", "dev", nearName, "master", "adapter0")
	}
	c.near.Up(t, "adapter0")
	c.near.AwaitUp(t, "adapter0")
	return Config{Name: "adapter0", StateDir: c.dir}
}

var broadcast = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

func TestMemberReceivesWhatAdaptersFilterBOX01(t *testing.T) {
	t.Parallel()
	other := []byte{2, 0, 0, 0, 0, 0x99}
	type frame struct {
		name  string
		to    []byte
		types []byte
	}
	groups := []frame{
		{"IPv6 neighbour solicitation", []byte{0x33, 0x33, 0xff, 0, 0, 1}, nil},
		{"IPv4 group", []byte{1, 0, 0x5e, 1, 2, 3}, nil},
		{"IPv6 group", []byte{0x33, 0x33, 1, 2, 3, 4}, nil},
		{"group of another protocol", []byte{1, 0, 0xc, 0xcc, 0xcc, 0xcc}, nil},
		{"group in a VLAN", []byte{0x33, 0x33, 1, 2, 3, 4}, []byte{0x81, 0, 0, 5, 0x88, 0xb5}},
	}
	for _, tt := range []struct {
		adapter string
		frames  []frame
	}{
		{"macvlan", groups},
		{"bridge", append(slices.Clone(groups),
			frame{"MAC behind a bridge, or of a changed device", other, nil},
			frame{"MAC behind a bridge, in a VLAN", other, []byte{0x81, 0, 0, 5, 0x88, 0xb5}},
			frame{"MAC behind a bridge, two tags", other, []byte{0x88, 0xa8, 0, 7, 0x81, 0, 0, 9, 0x88, 0xb5}})},
	} {
		t.Run(tt.adapter, func(t *testing.T) {
			t.Parallel()
			c := layCable(t)
			l := c.open(t, c.layFilter(t, tt.adapter))
			far := c.far.Wire(t, farName)
			for _, f := range tt.frames {
				want := frameOf(f.to, f.types, f.name)
				far.Send(t, want)
				far.Send(t, frameOf(broadcast, nil, "to all")) // ends the wait for a filtered frame
				got := nextData(t, l).Data
				if !bytes.Equal(got, want) {
					t.Errorf("%s: read %q, want %q", f.name, payloadOf(got), f.name)
					continue
				}
				nextData(t, l)
			}
		})
	}
}

// An interface that keeps its own address receives frames to the bond's, also after either has
// changed.
func TestMemberReceivesTheBondsAddressBOX01(t *testing.T) {
	t.Parallel()
	for _, policy := range []ReceivePolicy{ReceiveAll, ReceiveAddressed} {
		t.Run(policy.String(), func(t *testing.T) {
			t.Parallel()
			c := layCable(t)
			cfg := c.layFilter(t, "bridge") // has no filter: a second address makes it promiscuous
			cfg.HardwareAddr, cfg.KeepAddr, cfg.Receive = macA, true, policy
			l := c.open(t, cfg)
			far := c.far.Wire(t, farName)
			hears := func(what string, to net.HardwareAddr) {
				t.Helper()
				far.Send(t, frameOf(to, nil, what))
				far.Send(t, frameOf(broadcast, nil, "to all"))
				got := payloadOf(nextData(t, l).Data)
				if got != what {
					t.Errorf("read %q, want %q", got, what)
					return
				}
				nextData(t, l)
			}
			hears("bond's, the interface has its own", macA)
			other := net.HardwareAddr{2, 0, 0, 0, 0, 0xc}
			for _, addr := range []net.HardwareAddr{macA, nil, other, nil} {
				if err := l.SetHardwareAddr(addr); err != nil {
					t.Fatal(err)
				}
				if addr != nil {
					hears("bond's after SetHardwareAddr", addr)
				}
			}
			hears("bond's, the interface has its own again", other)
		})
	}
}

func TestReceiveAddressedLeavesPromiscuityAloneBOX01(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	cfg := c.layFilter(t, "macvlan")
	before := filters(t, c.near, "adapter0")
	cfg.HardwareAddr, cfg.Receive = macA, ReceiveAddressed
	l := c.open(t, cfg)
	if got, want := filters(t, c.near, "adapter0"), "promiscuity 0 allmulti 1"; got != want {
		t.Errorf("as a member: %s, want %s", got, want)
	}
	if st, _ := l.State(); st.Promiscuous {
		t.Error("State().Promiscuous = true, want false")
	}
	c.near.Run(t, "ip", "link", "set", "dev", "adapter0", "promisc", "on")
	awaitState(t, l, "promiscuous", func(s link.State) bool { return s.Promiscuous })
	c.near.Run(t, "ip", "link", "set", "dev", "adapter0", "promisc", "off")
	awaitState(t, l, "no longer promiscuous", func(s link.State) bool { return !s.Promiscuous })
	far := c.far.Wire(t, farName)
	for what, to := range map[string][]byte{"group": {0x33, 0x33, 1, 2, 3, 4}, "bond's": macA} {
		far.Send(t, frameOf(to, nil, what))
		if got := payloadOf(nextData(t, l).Data); got != what {
			t.Errorf("read %q, want %q", got, what)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := filters(t, c.near, "adapter0"); got != before {
		t.Errorf("after Close: %s, want %s", got, before)
	}
}

func TestReceivePolicyIsChecked(t *testing.T) {
	c := layCable(t)
	cfg := c.config()
	cfg.Receive = ReceiveAddressed + 1
	err := c.near.Do(func() error {
		_, err := OpenLink(cfg)
		return err
	})
	var le *link.Error
	if !errors.As(err, &le) || le.Field != "Receive" || le.Value != "ReceivePolicy(2)" {
		t.Errorf("OpenLink() = %v, want a link.Error of Receive", err)
	}
}

// Promiscuity is a membership. It ends with the link and with its process, and does not change
// the memberships of other programs.
func TestPromiscuityEndsWithItsOwnerBOX01(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	c.near.Run(t, "ip", "link", "set", "dev", nearName, "promisc", "on")
	before := filters(t, c.near, nearName)
	if !strings.HasPrefix(before, "promiscuity 1 ") {
		t.Fatalf("before: %s, want the operator's", before)
	}
	member := func(what string) {
		t.Helper()
		if got, want := filters(t, c.near, nearName), "promiscuity 2 allmulti 1"; got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	l := c.open(t, c.config())
	member("as a member")
	if st, _ := l.State(); !st.Promiscuous {
		t.Error("State().Promiscuous = false, want true")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := filters(t, c.near, nearName); got != before {
		t.Errorf("after Close: %s, want %s", got, before)
	}
	kill := c.startChild(t)
	member("of another process")
	kill()
	if got := filters(t, c.near, nearName); got != before {
		t.Errorf("after its process was killed: %s, want %s", got, before)
	}
	l = c.open(t, c.memberConfig())
	member("after that")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := filters(t, c.near, nearName); got != before {
		t.Errorf("after the last Close: %s, want %s", got, before)
	}
}

// Programs that use LLDP, 802.1X or PTP on a member receive and send as before, whether their
// sockets take one EtherType or all.
func TestOtherProgramsOnAMemberBOX01(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	cfg := c.layFilter(t, "macvlan")
	far := c.far.Wire(t, farName)
	type program struct {
		name     string
		protocol int // of its socket
		group    net.HardwareAddr
		typ      uint16
		conn     *packet.Conn
	}
	programs := []*program{
		{name: "LLDP", protocol: unix.ETH_P_LLDP, group: net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 0xe}, typ: unix.ETH_P_LLDP},
		{name: "LLDP by a socket of every protocol", protocol: unix.ETH_P_ALL, group: net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 0xe}, typ: unix.ETH_P_LLDP},
		{name: "PTP", protocol: unix.ETH_P_1588, group: net.HardwareAddr{1, 0x1b, 0x19, 0, 0, 0}, typ: unix.ETH_P_1588},
		{name: "802.1X", protocol: unix.ETH_P_PAE, group: net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 3}, typ: unix.ETH_P_PAE},
	}
	for _, p := range programs {
		c.near.Must(t, func() error {
			ifi, err := net.InterfaceByName(cfg.Name)
			if err != nil {
				return err
			}
			if p.conn, err = packet.Listen(ifi, packet.Raw, p.protocol, nil); err != nil {
				return err
			}
			return p.conn.JoinGroup(p.group)
		})
		defer p.conn.Close()
	}
	work := func(when string) {
		t.Helper()
		for _, p := range programs {
			types := []byte{byte(p.typ >> 8), byte(p.typ)}
			heard := frameOf(p.group, types, p.name+" heard "+when)
			far.Send(t, heard)
			if err := p.conn.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 2048)
			for n := 0; !bytes.Equal(buf[:n], heard); {
				var err error
				if n, _, err = p.conn.ReadFrom(buf); err != nil {
					t.Errorf("%s: %s is not heard: %v", when, p.name, err)
					break
				}
			}
			sent := frameOf(p.group, types, p.name+" sent "+when)
			if _, err := p.conn.WriteTo(sent, &packet.Addr{HardwareAddr: p.group}); err != nil {
				t.Errorf("%s: %s is not sent: %v", when, p.name, err)
				continue
			}
			far.Next(t, func(f []byte) bool { return bytes.Equal(f, sent) })
		}
	}
	work("before")
	l := c.open(t, cfg)
	work("as a member")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	work("after")
}

// The filter that a killed process of an earlier version left is recognized and removed.
func TestIngressFilterOfEarlierVersion(t *testing.T) {
	c := layCable(t)
	c.near.Run(t, "tc", "qdisc", "add", "dev", nearName, "clsact")
	c.near.Run(t, "tc", "filter", "add", "dev", nearName, "ingress", "prio", "1", "handle", "0x1a6c",
		"bpf", "da", "bytecode", "4,40 0 0 12,21 0 1 34825,6 0 0 0,6 0 0 2")
	show := func() string { return c.near.Run(t, "tc", "filter", "show", "dev", nearName, "ingress") }
	if !strings.Contains(show(), "bytecode") {
		t.Fatalf("filter not added: %s", show())
	}
	if err := c.open(t, c.config()).Close(); err != nil {
		t.Fatal(err)
	}
	if got := show(); got != "" {
		t.Errorf("after Close: filters %s, want none", got)
	}
}
