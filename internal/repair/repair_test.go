package repair

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// iface is an interface that other programs have changed.
type iface struct {
	link.Port
	addr     lacp.MAC
	mtu      int
	addrErr  error
	mended   link.Faults
	setAddrs int
}

func (i *iface) InterfaceAddr() (now, permanent net.HardwareAddr, err error) {
	return i.addr[:], nil, nil
}

func (i *iface) SetHardwareAddr(a net.HardwareAddr) error {
	i.setAddrs++
	if i.addrErr == nil {
		i.addr = lacp.MAC(a)
	}
	return i.addrErr
}

func (i *iface) MTU() (int, error)    { return i.mtu, nil }
func (i *iface) SetMTU(mtu int) error { i.mtu = mtu; return nil }

func (i *iface) Repair(f link.Faults) error { i.mended |= f; return nil }

var own, other = lacp.MAC{2, 0, 0, 0, 0, 1}, lacp.MAC{2, 0, 0, 0, 0, 9}

func TestJobPutsBackWhatDiffers(t *testing.T) {
	i := &iface{addr: other, mtu: 1400}
	j := Job{Link: i, Faults: link.FaultAddr | link.FaultMTU | link.FaultHostFilter, Wanted: Wanted{own, 1500}}
	j.Run()
	if i.addr != own || i.mtu != 1500 || i.mended != link.FaultHostFilter {
		t.Errorf("interface has %v, MTU %d, repaired itself %v; want %v, 1500, %v", i.addr, i.mtu, i.mended, own, link.FaultHostFilter)
	}
	if j.FoundAddr != other || j.FoundMTU != 1400 {
		t.Errorf("found %v and MTU %d, want %v and 1400", j.FoundAddr, j.FoundMTU, other)
	}
	if took := j.took(); took != link.FaultAddr|link.FaultMTU || j.Left() != 0 {
		t.Errorf("took() = %v, Left() = %v, want address and MTU, and none", took, j.Left())
	}
}

func TestJobLeavesAloneWhatIsRightAlready(t *testing.T) {
	i := &iface{addr: own, mtu: 1500}
	j := Job{Link: i, Faults: link.FaultAddr | link.FaultMTU, Wanted: Wanted{own, 1500}}
	j.Run()
	if i.setAddrs != 0 || j.FoundAddr != (lacp.MAC{}) || j.FoundMTU != 0 {
		t.Errorf("address set %d times, found %v and MTU %d, want never, none and 0", i.setAddrs, j.FoundAddr, j.FoundMTU)
	}
}

func TestFaultThatCanNotBeRepairedIsLeft(t *testing.T) {
	i := &iface{addr: other, addrErr: errors.New("busy")}
	j := Job{Link: i, Faults: link.FaultAddr, Wanted: Wanted{Addr: own}}
	j.Run()
	if j.Left() != link.FaultAddr || j.took() != 0 {
		t.Errorf("Left() = %v, took() = %v, want the address and none", j.Left(), j.took())
	}
	j = Job{Link: struct{ link.Port }{}, Faults: link.FaultAddr | link.FaultMTU | link.FaultHostFilter}
	j.Run()
	if j.Left() != 0 || !errors.Is(j.AddrErr, errors.ErrUnsupported) || !errors.Is(j.MTUErr, errors.ErrUnsupported) || !errors.Is(j.OthersErr, errors.ErrUnsupported) {
		t.Errorf("a link that repairs nothing: Left() = %v, errors %v, %v, %v; want none, unsupported", j.Left(), j.AddrErr, j.MTUErr, j.OthersErr)
	}
}

var start = time.Unix(1000, 0)

func TestRepairsInARowArePacedAndGoOn(t *testing.T) {
	var s State
	now := start
	for try, want := range []time.Duration{0, 0, 0, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, time.Second, time.Second} {
		if f := s.Begin(now, link.FaultMTU); want > 0 {
			if f != 0 || s.Next.Sub(now) != want {
				t.Fatalf("try %d: Begin() = %v, next after %v; want none, %v", try, f, s.Next.Sub(now), want)
			}
			now = s.Next
			f = s.Begin(now, link.FaultMTU)
			if f != link.FaultMTU {
				t.Fatalf("try %d: Begin() = %v after the pause, want the MTU", try, f)
			}
		} else if f != link.FaultMTU {
			t.Fatalf("try %d: Begin() = %v, want the MTU", try, f)
		}
		if f := s.Begin(now, link.FaultMTU); f != 0 {
			t.Fatalf("try %d: Begin() = %v while a repair is under way, want none", try, f)
		}
		s.End(now, &Job{Faults: link.FaultMTU})
	}
	now = now.Add(memory + time.Second)
	if f := s.Begin(now, link.FaultMTU); f != link.FaultMTU {
		t.Errorf("Begin() = %v after a quiet time, want the MTU at once", f)
	}
}

func TestRepairedFaultIsRepairedAgainOnlyIfItIsStillShownLater(t *testing.T) {
	var s State
	if f := s.Begin(start, link.FaultHostFilter); f != link.FaultHostFilter {
		t.Fatalf("Begin() = %v, want the filter", f)
	}
	s.End(start, &Job{Faults: link.FaultHostFilter})
	if f := s.Begin(start, link.FaultHostFilter); f != 0 || s.Next.Sub(start) != reportTime {
		t.Errorf("Begin() = %v, next after %v; want none before the link had %v to report", f, s.Next.Sub(start), reportTime)
	}
	if f := s.Begin(start.Add(reportTime), link.FaultHostFilter); f != link.FaultHostFilter {
		t.Errorf("Begin() = %v after %v, want the filter", f, reportTime)
	}
}

func TestRepairThatFailsInTheSameWayIsNoNews(t *testing.T) {
	var s State
	busy, gone := errors.New("busy"), errors.New("gone")
	for i, c := range []struct {
		err  error
		news bool
	}{{busy, true}, {busy, false}, {gone, true}, {nil, true}, {nil, true}, {busy, true}} {
		j := &Job{Faults: link.FaultMTU, Result: Result{MTUErr: c.err}}
		if news := s.End(start, j); news != c.news {
			t.Errorf("repair %d (%v): news %v, want %v", i, c.err, news, c.news)
		}
	}
}

func TestRecordTakesOnlyWhatWasSet(t *testing.T) {
	i := &iface{addr: other, mtu: 1400, addrErr: errors.New("busy")}
	j := Job{Link: i, Faults: link.FaultAddr | link.FaultMTU, Wanted: Wanted{own, 1500}}
	j.Run()
	st := link.State{Addr: other, MTU: 1400}
	if j.Record(&st); st.Addr != other || st.MTU != 1500 {
		t.Errorf("state has %v and MTU %d, want %v still, and 1500", st.Addr, st.MTU, other)
	}
}

func TestWantedLearns(t *testing.T) {
	var w Wanted
	w.Learn(link.State{Addr: own, MTU: 1500})
	w.LearnOf(new(iface), link.State{Addr: other, MTU: 1400})
	if want := (Wanted{own, 1500}); w != want {
		t.Errorf("wanted %v, want %v, as first reported", w, want)
	}
	if f := w.Faults(link.State{Addr: other, MTU: 1400, Faults: link.FaultUpper}); f != link.FaultAddr|link.FaultMTU|link.FaultUpper {
		t.Errorf("Faults() = %v, want the address, the MTU and the one that was reported", f)
	}
	if f := w.Faults(link.State{}); f != 0 {
		t.Errorf("Faults() of an unknown state = %v, want none", f)
	}
	// The host may change what the bond can't set.
	w.LearnOf(struct{ link.Port }{}, link.State{Addr: other, MTU: 1400})
	if want := (Wanted{other, 1400}); w != want {
		t.Errorf("wanted %v, want %v, as the host has set", w, want)
	}
}

func TestSettleReportsWhatWasAdded(t *testing.T) {
	var s State
	for i, c := range []struct {
		faults, added link.Faults
		changed       bool
	}{
		{link.FaultMTU, link.FaultMTU, true},
		{link.FaultMTU, 0, false},
		{link.FaultMTU | link.FaultUpper, link.FaultUpper, true},
		{0, 0, true},
	} {
		now := start.Add(time.Duration(i) * time.Second)
		if added, changed := s.Settle(now, c.faults); added != c.added || changed != c.changed {
			t.Errorf("step %d: Settle(%v) = %v, %v, want %v, %v", i, c.faults, added, changed, c.added, c.changed)
		}
		if !s.Since.Equal(start) {
			t.Errorf("step %d: since %v, want the first fault's time", i, s.Since)
		}
	}
}
