package bond_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// pair is two bonds connected by cables.
type pair struct {
	a, b   *bond.Bond
	cables []*linktest.Cable
}

func newPair(t *testing.T, n int, a, b bond.Config) *pair {
	t.Helper()
	p := new(pair)
	var left, right []bond.Port
	for i := range n {
		c := linktest.NewCable(fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i))
		p.cables = append(p.cables, c)
		left, right = append(left, c.A), append(right, c.B)
	}
	var err error
	if p.a, err = bond.New(a, left...); err != nil {
		t.Fatal(err)
	}
	if p.b, err = bond.New(b, right...); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *pair) close(t *testing.T) {
	t.Helper()
	if err := errors.Join(p.a.Close(), p.b.Close()); err != nil {
		t.Error(err)
	}
}

func (p *pair) waitReady(t *testing.T, limit time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for _, b := range []*bond.Bond{p.a, p.b} {
		if err := b.WaitReady(ctx); err != nil {
			t.Fatalf("WaitReady() within %v = %v, want nil", limit, err)
		}
	}
}

// carrying returns the names of the members that carry data.
func carrying(b *bond.Bond) (names []string) {
	for _, m := range b.Status().Members {
		if m.Carries {
			names = append(names, m.Name)
		}
	}
	return names
}

// udp returns a frame of flow i.
func udp(i int) []byte {
	f := make([]byte, 60)
	copy(f, []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45})
	f[23] = 17
	copy(f[26:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	binary.BigEndian.PutUint16(f[34:], uint16(1024+i*7))
	binary.BigEndian.PutUint16(f[36:], 9)
	return f
}

var fast34 = bond.Config{Rate: bond.RateFast, Hash: hash.Layer34}

func TestActiveActiveForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := newPair(t, 4, fast34, fast34)
		defer p.close(t)
		p.waitReady(t, 3500*time.Millisecond)
		if took := time.Since(start); took < 2*time.Second {
			t.Errorf("up after %v, want not before the end of wait-while", took)
		}
		synctest.Wait()
		for _, b := range []*bond.Bond{p.a, p.b} {
			if got := carrying(b); len(got) != 4 {
				t.Errorf("%v carry data, want all four", got)
			}
			st := b.Status()
			if !st.Up || st.Aggregator.Distributing != 4 {
				t.Errorf("up %v with %d distributing, want true with 4", st.Up, st.Aggregator.Distributing)
			}
		}
	})
}

func TestPassivePassiveFormsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passive := bond.Config{Passive: true, Rate: bond.RateFast}
		p := newPair(t, 2, passive, passive)
		defer p.close(t)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if err := p.a.WaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("WaitReady() = %v, want the deadline's error", err)
		}
		for _, m := range p.a.Status().Members {
			if m.Reason.Code != lacp.ReasonPassiveBothEnds || m.LACP.Counters.LACPDUsTx != 0 {
				t.Errorf("%s: reason %v, %d LACPDUs sent, want PassiveBothEnds, 0", m.Name, m.Reason, m.LACP.Counters.LACPDUsTx)
			}
		}
		if err := p.a.Send(udp(0)); !errors.Is(err, bond.ErrNoMember) {
			t.Errorf("Send returned %v, want ErrNoMember", err)
		}
	})
}

func TestActivePassiveForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, fast34, bond.Config{Passive: true})
		defer p.close(t)
		p.waitReady(t, 3500*time.Millisecond)
	})
}

func TestFlowsUseAllMembersAndStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 4, fast34, fast34)
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		synctest.Wait()
		const flows = 256
		for i := range 2 * flows {
			if err := p.a.Send(udp(i % flows)); err != nil {
				t.Fatal(err)
			}
		}
		buf := make([]byte, 2000)
		for i := range 2 * flows {
			n, err := p.b.Receive(buf)
			if err != nil || n != 60 {
				t.Fatalf("frame %d: Receive() = %d, %v, want 60", i, n, err)
			}
		}
		for _, m := range p.a.Status().Members {
			if n := m.Counters.TxFrames; n == 0 || n%2 != 0 {
				t.Errorf("%s took %d frames, want an even number: two of each flow it has", m.Name, n)
			}
		}
	})
}

func TestPulledCable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, fast34, fast34)
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		time.Sleep(2 * time.Second) // else the limit of three LACPDUs is reached
		synctest.Wait()
		p.cables[0].SetUp(false)
		synctest.Wait()
		if got := carrying(p.a); len(got) != 1 || got[0] != "a1" {
			t.Fatalf("%v carry data, want a1", got)
		}
		for i := range 32 {
			if err := p.a.Send(udp(i)); err != nil {
				t.Fatal(err)
			}
		}
		buf := make([]byte, 2000)
		for range 32 {
			if _, err := p.b.Receive(buf); err != nil {
				t.Fatal(err)
			}
		}
		p.cables[0].SetUp(true)
		time.Sleep(100 * time.Millisecond) // a bounce needs no wait-while
		synctest.Wait()
		if got := carrying(p.a); len(got) != 2 {
			t.Errorf("%v carry data after the cable is back, want both", got)
		}
	})
}

func TestSilentPartner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, fast34, fast34)
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		p.cables[1].B.Lose(linktest.Control)
		time.Sleep(3100 * time.Millisecond)
		synctest.Wait()
		for _, b := range []*bond.Bond{p.a, p.b} { // B learns from A's LACPDUs that A no longer collects
			if got := carrying(b); len(got) != 1 {
				t.Errorf("%v carry data 3.1 s after one end fell silent, want one", got)
			}
		}
		time.Sleep(5 * time.Minute)
		p.cables[1].B.Lose(0)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := carrying(p.a); len(got) != 2 {
			t.Errorf("%v carry data 5 s after the link has healed, want both", got)
		}
	})
}

func TestCloseTellsThePartner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{}, bond.Config{}) // SLOW: no timeout within 90 s
		p.waitReady(t, 4*time.Second)
		synctest.Wait()
		if err := p.a.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := carrying(p.b); len(got) != 0 {
			t.Errorf("%v carry data after the partner has left, want none", got)
		}
		for _, m := range p.b.Status().Members {
			const cleared = lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing
			if m.LACP.Partner.State&cleared != 0 {
				t.Errorf("%s: partner state %v in the last LACPDU, want Synchronization, Collecting and Distributing clear", m.Name, m.LACP.Partner.State)
			}
		}
		if err := p.a.Send(udp(1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Send() after Close = %v, want net.ErrClosed", err)
		}
		if _, err := p.a.Receive(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Receive() after Close = %v, want net.ErrClosed", err)
		}
		if st := p.a.Status(); st.Up {
			t.Error("up after Close, want down")
		}
		if err := p.b.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestComingUpAnnouncesAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := fast34
		a.HardwareAddr = net.HardwareAddr{2, 0, 0, 0, 0, 0x55}
		a.Announce = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("2001:db8::1/64")}
		p := newPair(t, 1, a, fast34)
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		buf := make([]byte, 2000)
		n, err := p.b.Receive(buf)
		if err != nil {
			t.Fatal(err)
		}
		want := "ffffffffffff" + "020000000055" + "0806" + "0001080006040001" +
			"020000000055" + "c0000201" + "000000000000" + "c0000201"
		if got := hex.EncodeToString(buf[:n]); !strings.HasPrefix(got, want) {
			t.Errorf("announced %s, want %s", got, want)
		}
	})
}

func TestConfigErrors(t *testing.T) {
	link := func(name string) bond.Link { return linktest.NewCable(name, "peer of "+name).A }
	for _, c := range []struct {
		field string
		cfg   bond.Config
		links []bond.Port
	}{
		{"MTU", bond.Config{MTU: 1491}, []bond.Port{link("x")}},
		{"MTU", bond.Config{MTU: 9217}, []bond.Port{link("x")}},
		{"Mode", bond.Config{Mode: 99}, []bond.Port{link("x")}},
		{"Rate", bond.Config{Rate: 7}, []bond.Port{link("x")}},
		{"Hash", bond.Config{Hash: 200}, []bond.Port{link("x")}},
		{"HardwareAddr", bond.Config{HardwareAddr: net.HardwareAddr{1, 0, 0, 0, 0, 1}}, []bond.Port{link("x")}},
		{"links", bond.Config{}, nil},
		{"links", bond.Config{}, []bond.Port{link("x"), link("x")}},
	} {
		b, err := bond.New(c.cfg, c.links...)
		var ce *bond.ConfigError
		if !errors.As(err, &ce) || ce.Field != c.field {
			t.Errorf("%s: New() = %v, want a ConfigError of that field", c.field, err)
		}
		if b != nil {
			_ = b.Close() // New should have failed
		}
	}
}
