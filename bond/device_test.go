package bond_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// pretender is a device without an interface. The test decides how it fails.
type pretender struct {
	mu      sync.Mutex
	state   link.State
	changes *link.Reports
	closed  chan struct{}
	fail    chan error // ends Read with this error
	remade  []time.Time
	refuse  error         // error of Remake
	slow    time.Duration // how long the kernel takes for each call
	carrier bool
}

func newPretender() *pretender {
	return &pretender{state: link.State{MTU: 1500, Addr: lacp.MAC{2, 0, 0, 0, 0, 0x55}},
		changes: new(link.Reports), closed: make(chan struct{}), fail: make(chan error)}
}

func (p *pretender) Name() string                                { return "bond0" }
func (p *pretender) HardwareAddr() net.HardwareAddr              { return p.state.Addr[:] }
func (p *pretender) Write([]link.Frame) (int, error)             { return 0, errors.New("no host reads") }
func (p *pretender) SetMTU(int) error                            { p.wait(); return nil }
func (p *pretender) SetHardwareAddr(addr net.HardwareAddr) error { p.wait(); return nil }
func (p *pretender) SetAddresses([]netip.Prefix) error           { p.wait(); return nil }
func (p *pretender) Close() error                                { close(p.closed); return nil }

func (p *pretender) wait() {
	p.mu.Lock()
	slow := p.slow
	p.mu.Unlock()
	time.Sleep(slow)
}

// behave sets how the kernel behaves from now on.
func (p *pretender) behave(slow time.Duration, refuse error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow, p.refuse = slow, refuse
}

func (p *pretender) Read([][]byte, []link.Frame) (int, error) {
	select {
	case err := <-p.fail:
		return 0, err
	case <-p.closed:
		return 0, net.ErrClosed
	}
}

func (p *pretender) SetCarrier(up bool) error {
	p.wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.carrier = up
	return nil
}

func (p *pretender) Stations() ([]link.Station, error) {
	p.wait()
	return nil, nil
}

// watched is a pretender that reports its state and can be made again.
type watched struct{ *pretender }

func (w watched) Watch(f func(link.State)) { w.changes.Watch(f) }

func (w watched) State() (link.State, bool) {
	w.wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state, true
}

func (w watched) Remake() error {
	w.wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remade = append(w.remade, time.Now())
	return w.refuse
}

func (p *pretender) report(st link.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !st.Removed {
		p.state = st
	}
	p.changes.Put(st)
}

// A device that is deleted again and again is made again after a pause.
func TestDeletedDeviceIsMadeAgainWithPausesBOX04(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPretender()
		f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance, Device: watched{p}, HardwareAddr: p.HardwareAddr()})
		synctest.Wait()
		pauses := func(n int) (list []time.Duration) {
			for range n {
				start := time.Now()
				made := len(p.remade)
				p.report(link.State{Removed: true})
				time.Sleep(40 * time.Second)
				synctest.Wait()
				if len(p.remade) != made+1 {
					t.Fatalf("made again %d times, want once", len(p.remade)-made)
				}
				list = append(list, p.remade[made].Sub(start))
				if st := f.Status().Device; st.State != bond.DeviceUp {
					t.Fatalf("Status().Device = %+v, want up", st)
				}
			}
			return list
		}
		s := time.Second
		want := []time.Duration{0, s, s, s}
		time.Sleep(30 * time.Second)
		if got := pauses(len(want)); !slices.Equal(got, want) {
			t.Errorf("pauses are %v, want %v", got, want)
		}
		time.Sleep(time.Minute) // longer than remakeReset
		if got := pauses(2); !slices.Equal(got, want[:2]) {
			t.Errorf("pauses are %v, want %v", got, want[:2])
		}
		// If the device can't be made, the bond tries as often, and reports each cause once.
		events := f.Watch(t.Context())
		time.Sleep(time.Minute)
		p.behave(0, errors.New("the name is taken"))
		made := len(p.remade)
		p.report(link.State{Removed: true})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := len(p.remade) - made; got < 590 || got > 610 {
			t.Errorf("tried %d times in 10 minutes, want one each second", got)
		}
		var told []string
		for len(events) > 0 {
			if e := <-events; e.Kind == bond.EventDevice {
				told = append(told, fmt.Sprint(e.Detail, " ", e.Err))
			}
		}
		if want := []string{"removed <nil>", "not made again the name is taken"}; !slices.Equal(told, want) {
			t.Errorf("events are %q, want %q", told, want)
		}
		if st := f.Status(); st.Device.State != bond.DeviceMissing || st.Device.Reason != "the name is taken" || st.Up {
			t.Errorf("Status() = up %v, device %+v, want one that is missing and why", st.Up, st.Device)
		}
		p.behave(0, nil)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if st := f.Status(); st.Device.State != bond.DeviceUp || !st.Up || !p.carrier {
			t.Errorf("Status() = up %v, device %+v, carrier %v, want all up", st.Up, st.Device, p.carrier)
		}
	})
}

// A device that the importer supplied is gone for good when it fails, and the bond reports
// that.
func TestDeviceThatCanNotBeReadIsMissingBOX04(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPretender()
		f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance, Device: p})
		events := f.Watch(t.Context())
		p.fail <- errors.New("file descriptor in bad state")
		synctest.Wait()
		st := f.Status()
		if st.Up || st.Device.State != bond.DeviceMissing || st.Device.Reason != "it can't be read: file descriptor in bad state" {
			t.Errorf("Status() = up %v, device %+v, want one that is missing and why", st.Up, st.Device)
		}
		for e := range events {
			if e.Kind == bond.EventDevice {
				if e.Detail != "removed" || e.Up {
					t.Errorf("event %+v, want the device removed", e)
				}
				break
			}
		}
	})
}

// The kernel takes 5 s for each change of the device. That does not delay LACPDUs.
func TestSlowKernelDelaysNoLACPDU(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPretender()
		p.behave(5*time.Second, nil)
		cfg := fast34
		cfg.Device, cfg.HardwareAddr = watched{p}, p.HardwareAddr()
		cfg.Announce = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}
		q := newPair(t, 1, cfg, fast34)
		defer q.close(t)
		q.waitReady(t, 4*time.Second)
		events := q.b.Watch(t.Context())
		synctest.Wait()
		for len(events) > 0 {
			<-events
		}
		for i := range 5 {
			st := p.state
			st.MTU = 2000 + i
			p.report(st)
			time.Sleep(4 * time.Second)
		}
		synctest.Wait()
		for len(events) > 0 {
			if e := <-events; e.Kind == bond.EventBond || e.Kind == bond.EventMember {
				t.Errorf("the partner's event %+v, want no change of a member or the bond", e)
			}
		}
		p.behave(0, nil)
		p.report(link.State{Removed: true})
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if st := q.a.Status(); !st.Up || st.MTU != 2004 {
			t.Errorf("Status() = up %v, MTU %d, want up, 2004", st.Up, st.MTU)
		}
	})
}
