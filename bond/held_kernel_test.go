package bond_test

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// kernelTime is how long the kernel's lock is held when a test says so.
const kernelTime = 5 * time.Second

// heldLink is a link whose kernel can be held.
type heldLink struct {
	*linktest.Link
	kernel *heldKernel
}

// heldKernel is a kernel whose lock another program can hold.
type heldKernel struct {
	mu   sync.Mutex
	slow time.Duration
}

func (k *heldKernel) hold(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.slow = d
}

func (k *heldKernel) wait() {
	k.mu.Lock()
	slow := k.slow
	k.mu.Unlock()
	time.Sleep(slow)
}

func (l heldLink) SetHardwareAddr(addr net.HardwareAddr) error {
	l.kernel.wait()
	return l.Link.SetHardwareAddr(addr)
}

func (l heldLink) InterfaceAddr() (now, found net.HardwareAddr, err error) {
	l.kernel.wait()
	return l.Link.InterfaceAddr()
}

func (l heldLink) SetMTU(mtu int) error {
	l.kernel.wait()
	return l.Link.SetMTU(mtu)
}

func (l heldLink) MTU() (int, error) {
	l.kernel.wait()
	return l.Link.MTU()
}

func (l heldLink) State() (link.State, bool) {
	l.kernel.wait()
	return l.Link.State()
}

func (l heldLink) SetPartner(lacp.MAC) error {
	l.kernel.wait()
	return nil
}

func (l heldLink) Close() error {
	l.kernel.wait()
	return l.Link.Close()
}

// timedLink records when LACPDUs arrive.
type timedLink struct {
	*linktest.Link
	arrivals *netlab.Arrivals
}

func (l timedLink) ReadControl(buf []byte) (int, error) {
	n, err := l.Link.ReadControl(buf)
	if err == nil && lacp.ParseSlow(buf[:n]).Kind == lacp.SlowLACPDU {
		l.arrivals.Note(time.Now())
	}
	return n, err
}

// heldPair is a bond with a device and three members, whose kernel can be held, and a far bond.
type heldPair struct {
	*pair
	kernel   *heldKernel
	device   *pretender
	arrivals []*netlab.Arrivals // at the far end, by member
	spare    heldLink           // no member yet
}

func newHeldPair(t *testing.T, kernel *heldKernel, a bond.Config) *heldPair {
	t.Helper()
	const members = 3
	p := &heldPair{pair: new(pair), kernel: kernel, device: newPretender()}
	var near, far []bond.Port
	for i := range members + 1 {
		c := linktest.NewCable(fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i))
		p.cables = append(p.cables, c)
		l, arrivals := heldLink{c.A, p.kernel}, new(netlab.Arrivals)
		p.arrivals = append(p.arrivals, arrivals)
		far = append(far, timedLink{c.B, arrivals})
		if i < members {
			near = append(near, l)
		} else {
			p.spare = l
		}
	}
	a.Device = watched{p.device}
	a.HardwareAddr = net.HardwareAddr(p.device.state.Addr[:])
	var err error
	if p.a, err = bond.New(a, near...); err != nil {
		t.Fatal(err)
	}
	if p.b, err = bond.New(bond.Config{Mode: a.Mode, Rate: bond.RateFast}, far...); err != nil {
		t.Fatal(err)
	}
	return p
}

// hold makes the kernel slow from now on.
func (p *heldPair) hold(d time.Duration) {
	p.kernel.hold(d)
	p.device.behave(d, nil)
}

// TestNoLACPDUIsLateWhileTheKernelIsHeld makes every change that needs the kernel, while every
// call of it takes 5 s. Meanwhile the members send their LACPDUs, and status is answered.
func TestNoLACPDUIsLateWhileTheKernelIsHeld(t *testing.T) {
	for name, onPlane := range map[string]func(*heldKernel) plane.Plane{
		"user":   func(*heldKernel) plane.Plane { return nil },
		"kernel": func(k *heldKernel) plane.Plane { return &heldPlane{kernel: k} },
	} {
		t.Run(name, func(t *testing.T) { testNoLACPDUIsLateWhileTheKernelIsHeld(t, onPlane) })
	}
}

func testNoLACPDUIsLateWhileTheKernelIsHeld(t *testing.T, onPlane func(*heldKernel) plane.Plane) {
	other := net.HardwareAddr{2, 0, 0, 0, 0, 0x66}
	for name, c := range map[string]struct {
		deed func(p *heldPair) error
		left bool // the members leave the LAG and come back
	}{
		"MTU":      {deed: func(p *heldPair) error { return p.a.Set(func(c *bond.Config) { c.MTU = 9000 }) }},
		"MTU down": {deed: func(p *heldPair) error { return p.a.Set(func(c *bond.Config) { c.MTU = 1492 }) }},
		"nothing":  {deed: func(p *heldPair) error { return p.a.Set(func(c *bond.Config) { c.MinLinks = 1 }) }},
		"address": {deed: func(p *heldPair) error { return p.a.Set(func(c *bond.Config) { c.HardwareAddr = other }) },
			left: true},
		"add":    {deed: func(p *heldPair) error { return p.a.AddMember(p.spare) }},
		"remove": {deed: func(p *heldPair) error { return p.a.RemoveMember("a2") }},
		"by hand": {deed: func(p *heldPair) error { // the device's MTU, by another program
			st := p.device.state
			st.MTU = 4000
			p.device.report(st)
			return nil
		}},
		"at a member": {deed: func(p *heldPair) error { return p.cables[0].A.SetHardwareAddr(other) }},
		"drain":       {deed: func(p *heldPair) error { return p.a.Drain("a2", true) }},
		"admin down":  {deed: func(p *heldPair) error { return p.a.Set(func(c *bond.Config) { c.AdminDown = true }) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kernel := new(heldKernel)
				p := newHeldPair(t, kernel, bond.Config{Rate: bond.RateFast, Plane: onPlane(kernel)})
				defer p.close(t)
				p.waitReady(t, 5*time.Second)
				time.Sleep(5 * time.Second)
				before := p.b.Status()
				p.hold(kernelTime)
				from := time.Now()
				var failed error
				ended := make(chan struct{})
				go func() { failed = c.deed(p); close(ended) }()
				for range 40 {
					time.Sleep(kernelTime / 10)
					asked := time.Now()
					p.a.Status()
					if took := time.Since(asked); took > 0 {
						t.Errorf("Status() took %v, want no time", took)
					}
				}
				to := time.Now()
				p.hold(0)
				<-ended
				if failed != nil {
					t.Errorf("it failed: %v, want success", failed)
				}
				const late = 1100 * time.Millisecond // a second, with the grid of timers and the spread of the sender
				for i, a := range p.arrivals[:2] {
					if got := a.Longest(from, to); got > late {
						t.Errorf("member %d sent no LACPDU for %v, want one a second", i, got)
					}
				}
				for i, m := range p.b.Status().Members[:2] {
					if since := before.Members[i].Reason.Since; !c.left && name != "admin down" && !m.Reason.Since.Equal(since) {
						t.Errorf("far member %d: %v since %v, want distributing since %v", i, m.Reason, m.Reason.Since, since)
					}
				}
			})
		})
	}
}

// tardyLink is a link whose State is out of date when it returns.
type tardyLink struct {
	*linktest.Link
	changes *link.Reports
}

func (l tardyLink) Watch(f func(link.State)) { l.changes.Watch(f) }

func (l tardyLink) State() (link.State, bool) {
	st := link.State{Link: lacp.Link{Up: true, SpeedMbps: 10, Duplex: lacp.DuplexHalf}}
	time.Sleep(time.Second)
	return st, true
}

// A partner that speaks makes the bond look at a link. What it sees is older than a report that
// comes meanwhile.
func TestReportIsNewerThanALookThatTookLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("a0", "b0")
		l := tardyLink{c.A, new(link.Reports)}
		a, err := bond.New(bond.Config{Rate: bond.RateFast}, l)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		b, err := bond.New(bond.Config{Rate: bond.RateFast}, c.B)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		time.Sleep(500 * time.Millisecond) // the partner has spoken
		l.changes.Put(link.State{Link: lacp.Link{Up: true, SpeedMbps: 1000, Duplex: lacp.DuplexFull}})
		time.Sleep(5 * time.Second)
		if m := a.Status().Members[0]; m.Link.SpeedMbps != 1000 || !m.Carries {
			t.Errorf("speed %d Mb/s, carries data: %v (%v), want 1000 as reported, and data", m.Link.SpeedMbps, m.Carries, m.Reason)
		}
	})
}
