package bond_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
)

func TestNilArgumentsBOX36(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, fast34, fast34)
		defer p.close(t)
		var ce *bond.ConfigError
		if err := p.a.AddMember(nil); !errors.As(err, &ce) {
			t.Errorf("AddMember(nil) = %v, want a ConfigError", err)
		}
		if _, err := bond.New(bond.Config{}, linktest.NewCable("x", "y").A, nil); !errors.As(err, &ce) {
			t.Errorf("New with a nil link: %v, want a ConfigError", err)
		}
		var none context.Context
		if err := p.a.WaitReady(none); err != nil {
			t.Errorf("WaitReady(nil) = %v, want nil", err)
		}
		if e := <-p.a.Watch(none); e.Kind != bond.EventBond {
			t.Errorf("Watch(nil): first event %v, want Bond", e.Kind)
		}
		if err := p.a.CloseContext(none); err != nil {
			t.Errorf("CloseContext(nil) = %v, want nil", err)
		}
	})
}

func TestZeroBondIsClosedBOX36(t *testing.T) {
	for _, tt := range []struct {
		name string
		call func(b *bond.Bond) error
	}{
		{"Send", func(b *bond.Bond) error { return b.Send(udp(1)) }},
		{"SendBatch", func(b *bond.Bond) error { _, err := b.SendBatch([][]byte{udp(1)}); return err }},
		{"Receive", func(b *bond.Bond) error { _, err := b.Receive(make([]byte, 2000)); return err }},
		{"PacketConn", func(b *bond.Bond) error { _, err := b.PacketConn(0x88b5); return err }},
		{"Set", func(b *bond.Bond) error { return b.Set(func(*bond.Config) {}) }},
		{"AddMember", func(b *bond.Bond) error { return b.AddMember(linktest.NewCable("x", "y").A) }},
		{"RemoveMember", func(b *bond.Bond) error { return b.RemoveMember("x") }},
		{"Drain", func(b *bond.Bond) error { return b.Drain("x", true) }},
		{"History", func(b *bond.Bond) error { _, err := b.History("x"); return err }},
		{"WaitReady", func(b *bond.Bond) error { return b.WaitReady(t.Context()) }},
		{"Suspend", func(b *bond.Bond) error { _, err := b.Suspend(t.Context()); return err }},
		{"Close", func(b *bond.Bond) error { return b.Close() }},
	} {
		if err := tt.call(new(bond.Bond)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s of the zero Bond = %v, want net.ErrClosed", tt.name, err)
		}
	}
	var b bond.Bond
	if _, more := <-b.Watch(t.Context()); more {
		t.Error("Watch of the zero Bond gives an event, want a closed channel")
	}
	if st := b.Status(); st.Up || b.HardwareAddr() != nil || b.MTU() != 0 {
		t.Errorf("the zero Bond has status %+v, address %v, MTU %d; want down, nil, 0", st, b.HardwareAddr(), b.MTU())
	}
}

func TestSetCallsTheBondBOX36(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, fast34, fast34)
		defer p.close(t)
		err := p.a.Set(func(c *bond.Config) {
			if st := p.a.Status(); st.Name != "bond0" {
				t.Errorf("Status() within Set has name %q, want bond0", st.Name)
			}
			c.MinLinks = 1
		})
		if err != nil {
			t.Errorf("Set = %v, want nil", err)
		}
		err = p.a.Set(func(c *bond.Config) {
			_ = p.a.Set(func(c *bond.Config) { c.FlushTimeout = time.Millisecond })
		})
		if !errors.Is(err, bond.ErrConflict) {
			t.Errorf("Set within Set = %v, want ErrConflict", err)
		}
	})
}

func TestBondPrintsItsNameBOX36(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, bond.Config{Name: "uplink"}, fast34)
		defer p.close(t)
		conn, err := p.a.PacketConn(0x88b5)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			value any
			want  string
		}{{p.a, "uplink"}, {conn, "uplink EtherType 0x88b5"}} {
			if got := fmt.Sprintf("%v", tt.value); got != tt.want {
				t.Errorf("%%v of a %T is %.80q, want %q", tt.value, got, tt.want)
			}
		}
	})
}
