package netif

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// filters reports an interface's promiscuity and all-multicast counts, as ip prints them.
func filters(t *testing.T, ns *netlab.NS, name string) string {
	t.Helper()
	words := strings.Fields(ns.Run(t, "ip", "-d", "-o", "link", "show", "dev", name))
	i := slices.Index(words, "promiscuity")
	if i < 0 || i+3 >= len(words) {
		t.Fatalf("ip shows no promiscuity of %s: %s", name, words)
	}
	return strings.Join(words[i:i+4], " ")
}

// layFilter makes an interface adapter0 that filters as adapters do: the far end of the
// cable sends to it.
func (c *cable) layFilter(t *testing.T, kind string) Config {
	t.Helper()
	switch kind {
	case "macvlan": // takes groups it was told of
		c.near.Run(t, "ip", "link", "add", "name", "adapter0", "link", nearName, "type", "macvlan", "mode", "private")
	case "bridge": // takes other stations' frames if it is promiscuous
		c.near.Run(t, "ip", "link", "add", "name", "adapter0", "type", "bridge")
		c.near.Run(t, "ip", "link", "set", "dev", nearName, "master", "adapter0")
	}
	c.near.Up(t, "adapter0")
	c.near.AwaitUp(t, "adapter0")
	return Config{Name: "adapter0", StateDir: c.dir}
}

func TestMemberReceivesWhatAdaptersFilterBOX01(t *testing.T) {
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
			c := layCable(t)
			l := c.open(t, c.layFilter(t, tt.adapter))
			far := c.far.Wire(t, farName)
			for _, f := range tt.frames {
				want := frameOf(f.to, f.types, f.name)
				far.Send(t, want)
				far.Send(t, frameOf(l.HardwareAddr(), nil, "to the member")) // ends the wait on a filter
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

// The bond's address is received by an interface that keeps its own, also after either
// has changed.
func TestMemberReceivesTheBondsAddressBOX01(t *testing.T) {
	for _, policy := range []ReceivePolicy{ReceiveAll, ReceiveAddressed} {
		t.Run(policy.String(), func(t *testing.T) {
			c := layCable(t)
			cfg := c.layFilter(t, "bridge") // has no filter of its own: for a second address it is promiscuous
			cfg.HardwareAddr, cfg.KeepAddr, cfg.Receive = macA, true, policy
			l := c.open(t, cfg)
			far := c.far.Wire(t, farName)
			hears := func(what string, to net.HardwareAddr) {
				t.Helper()
				far.Send(t, frameOf(to, nil, what))
				far.Send(t, frameOf([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, nil, "to all"))
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

// Promiscuity is a membership: it ends with the link and with its process, and leaves
// that of others as it was.
func TestPromiscuityEndsWithItsOwnerBOX01(t *testing.T) {
	c := layCable(t)
	c.near.Run(t, "ip", "link", "set", "dev", nearName, "promisc", "on")
	before := filters(t, c.near, nearName)
	if !strings.HasPrefix(before, "promiscuity 1 ") {
		t.Fatalf("before: %s, want the operator's", before)
	}
	member := func(what string) {
		t.Helper()
		// Its driver can't filter addresses: the bond's counts once more.
		if got, want := filters(t, c.near, nearName), "promiscuity 3 allmulti 1"; got != want {
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
