package bond_test

import (
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/lacp"
)

// tester is the other end of a cable. It sends what the test asks for and keeps the data
// frames that arrive.
type tester struct {
	t    *testing.T
	link *linktest.Link

	mu    sync.Mutex
	heard lacp.PDU
	data  [][]byte
}

func newTester(t *testing.T, l *linktest.Link) *tester {
	e := &tester{t: t, link: l}
	go func() {
		buf := make([]byte, 2000)
		for {
			n, err := l.ReadControl(buf)
			if err != nil {
				return
			}
			var pdu lacp.PDU
			if lacp.ParseSlow(buf[:n]).Kind == lacp.SlowLACPDU && pdu.UnmarshalBinary(buf[14:n]) == nil {
				e.mu.Lock()
				e.heard = pdu
				e.mu.Unlock()
			}
		}
	}()
	go func() {
		bufs, frames := [][]byte{make([]byte, 2000)}, make([]bond.Frame, 1)
		for {
			n, err := l.Read(bufs, frames)
			if err != nil {
				return
			}
			e.mu.Lock()
			for _, f := range frames[:n] {
				e.data = append(e.data, slices.Clone(f.Data))
			}
			e.mu.Unlock()
		}
	}()
	return e
}

// says sends a LACPDU with this Actor state and correct Partner fields each second, for a
// number of seconds.
func (e *tester) says(s lacp.State, seconds int) {
	for range seconds {
		synctest.Wait()
		e.mu.Lock()
		heard := e.heard
		e.mu.Unlock()
		a := lacp.Action{Source: lacp.MAC(e.link.HardwareAddr()), Destination: lacp.SlowProtocolsMulticast,
			PDU: lacp.PDU{Version: 1, Partner: heard.Actor, Actor: lacp.Info{
				System: lacp.SystemID{Priority: 1, MAC: lacp.MAC{2, 0xee, 0, 0, 0, 1}}, Key: 1, Port: lacp.PortID{Number: 1}, State: s}}}
		if err := e.link.WriteControl(a.AppendFrame(nil)); err != nil {
			e.t.Error(err)
		}
		time.Sleep(time.Second)
	}
	synctest.Wait()
}

func (e *tester) frames() int {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.data)
}

// received collects the frames that a bond delivers until it is closed.
type received struct {
	mu     sync.Mutex
	frames [][]byte
}

func receive(b *bond.Bond) *received {
	r := new(received)
	go func() {
		buf := make([]byte, 2000)
		for {
			n, err := b.Receive(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			r.mu.Lock()
			r.frames = append(r.frames, slices.Clone(buf[:n]))
			r.mu.Unlock()
		}
	}()
	return r
}

func (r *received) all() [][]byte {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.frames)
}

// alone runs f with a bond of one member whose partner is scripted.
func alone(t *testing.T, f func(*bond.Bond, *tester, *received)) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("dut", "tester")
		b, err := bond.New(bond.Config{Rate: bond.RateFast}, c.A)
		if err != nil {
			t.Fatal(err)
		}
		e := newTester(t, c.B)
		f(b, e, receive(b))
		if err := errors.Join(b.Close(), c.B.Close()); err != nil {
			t.Error(err)
		}
	})
}

// sequence returns frame i of a flow.
func sequence(flow, i int) []byte {
	f := udp(flow)
	binary.BigEndian.PutUint32(f[42:], uint32(i))
	return f
}

// The data plane (protocol.md 11.2, DAT).
func TestDataConformance(t *testing.T) {
	t.Run("DAT-01 not distributing", func(t *testing.T) {
		alone(t, func(b *bond.Bond, e *tester, _ *received) {
			for _, state := range []lacp.State{0x05, 0x0d} { // not in sync; in sync, not collecting
				e.says(state, 5)
				for i := range 10 {
					if err := b.Send(udp(i)); !errors.Is(err, bond.ErrNoMember) {
						t.Errorf("partner %v: %v, want %v", state, err, bond.ErrNoMember)
					}
				}
				if got := e.frames(); got != 0 {
					t.Errorf("partner %v: %d data frames sent, want 0", state, got)
				}
			}
			e.says(0x3d, 2)
			if err := b.Send(udp(1)); err != nil || e.frames() != 1 {
				t.Errorf("distributing: Send() = %v, %d frames sent, want nil, 1", err, e.frames())
			}
		})
	})
	t.Run("DAT-02 not collecting", func(t *testing.T) {
		alone(t, func(b *bond.Bond, e *tester, got *received) {
			e.says(0x05, 5) // we are ATTACHED
			for i := range 7 {
				if _, err := e.link.Write([]bond.Frame{{Data: udp(i)}}); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(got.all()); n != 0 {
				t.Errorf("%d frames delivered, want 0", n)
			}
			m := b.Status().Members[0]
			if m.LACP.Mux != lacp.MuxAttached || m.Counters.RxNotCollecting != 7 {
				t.Errorf("in %v, %d discarded; want ATTACHED, 7", m.LACP.Mux, m.Counters.RxNotCollecting)
			}
			e.says(0x0d, 1) // we collect
			_, _ = e.link.Write([]bond.Frame{{Data: udp(1)}})
			if n := len(got.all()); n != 1 {
				t.Errorf("collecting: %d frames delivered, want 1", n)
			}
		})
	})
	t.Run("DAT-03 one conversation", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, 4, fast34, fast34)
			defer p.close(t)
			p.waitReady(t, 4*time.Second)
			time.Sleep(time.Second) // enough for all four to carry data
			got := receive(p.b)
			for i := range 500 {
				if err := p.a.Send(sequence(3, i)); err != nil {
					t.Fatal(err)
				}
				if i%100 == 0 {
					synctest.Wait()
				}
			}
			inOrder(t, got.all(), 500)
			used := 0
			for _, m := range p.a.Status().Members {
				if m.Counters.TxFrames > 0 {
					used++
				}
			}
			if used != 1 {
				t.Errorf("%d members were used, want 1", used)
			}
		})
	})
	t.Run("DAT-04 a link is removed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, 3, fast34, fast34)
			defer p.close(t)
			p.waitReady(t, 4*time.Second)
			time.Sleep(2 * time.Second)
			got := receive(p.b)
			sent := 0
			for i := range 300 {
				if i == 150 {
					synctest.Wait()
					for k, m := range p.a.Status().Members {
						if m.Counters.TxFrames > 0 {
							p.cables[k].SetUp(false)
							break
						}
					}
					synctest.Wait()
				}
				if err := p.a.Send(sequence(3, i)); err != nil {
					t.Fatal(err)
				}
				sent++
			}
			inOrder(t, got.all(), sent)
		})
	})
	t.Run("DAT-05 slow-protocols frames", func(t *testing.T) {
		alone(t, func(b *bond.Bond, e *tester, got *received) {
			e.says(0x05, 3)
			e.says(0x3d, 2)
			slow := udp(1)
			copy(slow, lacp.SlowProtocolsMulticast[:])
			slow[12], slow[13] = 0x88, 0x09
			for subtype := range 12 {
				slow[14] = byte(subtype)
				if err := e.link.WriteControl(slow); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := e.link.Write([]bond.Frame{{Data: udp(1)}}); err != nil {
				t.Fatal(err)
			}
			all := got.all()
			if len(all) != 1 || all[0][12] == 0x88 {
				t.Errorf("%d frames delivered, want the data frame alone", len(all))
			}
			if err := b.Send(slow); !errors.Is(err, bond.ErrNotEthernet) {
				t.Errorf("a slow-protocols frame sent as data: %v, want %v", err, bond.ErrNotEthernet)
			}
		})
	})
	t.Run("DAT-06 a broadcast on two links", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, 2, fast34, fast34)
			defer p.close(t)
			p.waitReady(t, 4*time.Second)
			time.Sleep(time.Second)
			got := receive(p.b)
			f := udp(1)
			copy(f, []byte{255, 255, 255, 255, 255, 255})
			before := p.b.Status()
			for _, c := range p.cables {
				if _, err := c.A.Write([]bond.Frame{{Data: f}}); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(got.all()); n != 2 {
				t.Errorf("delivered %d times, want once for each link", n)
			}
			for i, m := range p.b.Status().Members {
				if m.Counters.TxFrames != before.Members[i].Counters.TxFrames {
					t.Errorf("%s sent data back, want none", m.Name)
				}
			}
		})
	})
}

// inOrder fails the test unless the frames are numbered from 0 to want-1, in order.
func inOrder(t *testing.T, frames [][]byte, want int) {
	t.Helper()
	if len(frames) != want {
		t.Errorf("%d frames arrived, want %d", len(frames), want)
	}
	for i, f := range frames {
		if got := int(binary.BigEndian.Uint32(f[42:])); got != i {
			t.Fatalf("frame %d arrived, want frame %d", got, i)
		}
	}
}

// Wrong cabling (scenarios C20 and E38).
func TestCablingScenarios(t *testing.T) {
	t.Run("C20 two members cabled together", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := linktest.NewCable("one", "two")
			b, err := bond.New(fast34, c.A, c.B)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			for _, m := range b.Status().Members {
				if m.Carries || m.Reason.Code != lacp.ReasonLoopbackSystem {
					t.Errorf("%s: carries %v, reason %v; want false, LoopbackSystem", m.Name, m.Carries, m.Reason)
				}
			}
			if err := b.Send(udp(0)); !errors.Is(err, bond.ErrNoMember) {
				t.Errorf("Send: %v, want %v", err, bond.ErrNoMember)
			}
		})
	})
	t.Run("E38 a cable swapped between two LAGs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			// Two cables from each bond to its partner, one to the partner of the other.
			name := [][2]string{{"a1-0", "b1-0"}, {"a1-1", "b1-1"}, {"a1-x", "b2-x"}, {"a2-0", "b2-0"}, {"a2-1", "b2-1"}, {"a2-x", "b1-x"}}
			var c []*linktest.Cable
			for _, n := range name {
				c = append(c, linktest.NewCable(n[0], n[1]))
			}
			c[2].SetUp(false)
			c[5].SetUp(false)
			var bonds []*bond.Bond
			for _, links := range [][]bond.Port{{c[0].A, c[1].A, c[2].A}, {c[3].A, c[4].A, c[5].A}, {c[0].B, c[1].B, c[5].B}, {c[3].B, c[4].B, c[2].B}} {
				b, err := bond.New(fast34, links...)
				if err != nil {
					t.Fatal(err)
				}
				defer b.Close()
				bonds = append(bonds, b)
			}
			time.Sleep(5 * time.Second)
			synctest.Wait()
			for i, b := range bonds {
				if got := carrying(b); len(got) != 2 {
					t.Errorf("bond %d: %v carry data before, want both", i, got)
				}
			}
			c[1].SetUp(false)
			c[4].SetUp(false)
			c[2].SetUp(true)
			c[5].SetUp(true)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			for i, b := range bonds {
				st := b.Status()
				if got := carrying(b); len(got) != 1 || got[0][3:] != "0" {
					t.Errorf("bond %d: %v carry data, want the straight cable alone", i, got)
				}
				m := st.Members[2]
				if m.Reason.Code != lacp.ReasonDifferentPartner || m.LACP.LAGID == st.Aggregator.LAGID || m.LACP.LAGID.Remote == m.LACP.LAGID.Local {
					t.Errorf("bond %d: %s has reason %v, LAG %v, want DifferentPartner and another LAG than %v", i, m.Name, m.Reason, m.LACP.LAGID, st.Aggregator.LAGID)
				}
			}
		})
	})
}
