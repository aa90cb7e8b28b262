package netif

import (
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

func isUp(s link.State) bool   { return s.Up }
func isDown(s link.State) bool { return !s.Up }

func TestLinkStateFirst(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	s := <-link.States(l)
	want := link.State{Link: lacp.Link{Up: true, Duplex: lacp.DuplexFull, SpeedMbps: 10000}, MTU: 1500, Name: nearName,
		Addr: lacp.MAC(c.near.Interface(t, nearName).HardwareAddr), Promiscuous: true}
	if s != want {
		t.Errorf("first state %+v, want %+v", s, want)
	}
	c.far.Down(t, farName)
	awaitState(t, l, "down", isDown)
	c.far.Up(t, farName)
	awaitState(t, l, "up", isUp)
	c.near.Down(t, nearName)
	awaitState(t, l, "administratively down", func(s link.State) bool { return !s.Up && s.AdminDown })
	c.near.Run(t, "ip", "link", "set", "dev", nearName, "up", "mtu", "1400")
	awaitState(t, l, "up with MTU 1400", func(s link.State) bool { return s.Up && s.MTU == 1400 })
}

// A TAP device is like a physical one: the kernel reports its carrier at most once a second.
func TestCarrierLossIsSeenSoonTwiceInASecond(t *testing.T) {
	c := layCable(t)
	var fd int
	c.near.Must(t, func() (err error) {
		fd, err = afpacket.OpenTAP(afpacket.TAPConfig{Name: "nic0"}, true)
		return err
	})
	t.Cleanup(func() { _ = unix.Close(fd) })
	carrier := func(on int) {
		if err := unix.IoctlSetPointerInt(fd, unix.TUNSETCARRIER, on); err != nil {
			t.Skipf("needs a kernel with TUNSETCARRIER: %v", err)
		}
	}
	l := c.open(t, Config{Name: "nic0", StateDir: c.dir})
	awaitState(t, l, "up", isUp)
	start := time.Now()
	for i := range 4 {
		carrier(0)
		if d := awaitState(t, l, "down", isDown); d > 50*time.Millisecond {
			t.Errorf("carrier loss %d was seen after %v, want 50 ms at most", i+1, d)
		} else {
			t.Logf("carrier loss %d was seen after %v", i+1, d)
		}
		carrier(1)
		awaitState(t, l, "up", isUp)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("four losses took %v, want them in one second", d)
	}
}

func TestRemovedInterface(t *testing.T) {
	t.Parallel()
	t.Run("deleted", func(t *testing.T) {
		c := layCable(t)
		l := c.open(t, c.config())
		c.far.Delete(t, farName)
		awaitState(t, l, "removed", func(s link.State) bool { return s.Removed && !s.Up })
		checkGone(t, c, l)
	})
	t.Run("moved away", func(t *testing.T) {
		c := layCable(t)
		l := c.open(t, c.config())
		c.near.Move(t, nearName, c.far)
		awaitState(t, l, "removed", func(s link.State) bool { return s.Removed && !s.Up })
		checkGone(t, c, l)
	})
}

func checkGone(t *testing.T, c *cable, l *Link) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("close after the interface has gone: %v", err)
	}
	if files, _ := os.ReadDir(c.dir); len(files) != 0 {
		t.Errorf("state directory holds %v, want nothing", files)
	}
}

func TestRenamedInterface(t *testing.T) {
	c := layCable(t)
	c.dress(t)
	before := snap(t, c.near, nearName)
	l := c.open(t, c.memberConfig())
	c.near.Down(t, nearName)
	c.near.Run(t, "ip", "link", "set", "dev", nearName, "name", "other0")
	c.near.Up(t, "other0")
	awaitState(t, l, "renamed", func(s link.State) bool { return s.Renamed == "other0" && s.Up })
	c.far.Down(t, farName)
	awaitState(t, l, "down", isDown) // the poll uses the new name
	c.far.Up(t, farName)
	if l.Name() != nearName {
		t.Errorf("Name is %s, want the name from the start", l.Name())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c.near.Down(t, "other0")
	c.near.Run(t, "ip", "link", "set", "dev", "other0", "name", nearName)
	after := snap(t, c.near, nearName)
	if after.Addr != before.Addr || after.MTU != before.MTU || after.IPv6 != before.IPv6 || after.Ingress {
		t.Errorf("after release: %+v\nbefore: %+v", after, before)
	}
}

func TestMonitorResynchronises(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	<-link.States(l)
	mon := l.ns.mon
	// As if the notification were lost.
	mon.mu.Lock()
	l.watch.state.MTU = 1
	mon.mu.Unlock()
	mon.resync()
	awaitState(t, l, "of MTU 1500", func(s link.State) bool { return s.MTU == 1500 && s.Overruns == 1 })
}

// An event of an interface that is not ours delays notifications about ours.
func TestEventOfAnotherInterfaceMakesThePollFast(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	<-link.States(l)
	mon := l.ns.mon
	pace := func() time.Duration {
		mon.mu.Lock()
		defer mon.mu.Unlock()
		return mon.interval()
	}
	mon.mu.Lock()
	mon.burst = time.Time{}
	mon.mu.Unlock()
	if got := pace(); got != 200*time.Millisecond {
		t.Errorf("polled every %v while nothing happens, want 200 ms", got)
	}
	netlab.Pair(t, c.near, "other0", c.far, "other1")
	c.near.Up(t, "other0")
	deadline := time.After(netlab.Patience)
	for pace() != 2*time.Millisecond {
		select {
		case <-deadline:
			t.Fatalf("polled every %v after an event of another interface, want 2 ms", pace())
		default:
			runtime.Gosched()
		}
	}
}

// A message that the kernel queued before a link was watched is older than the settings read
// from the link.
func TestFirstStatesAreNotOlderThanTheWatch(t *testing.T) {
	c := layCable(t)
	c.open(t, c.config()) // starts the namespace's monitor
	c.near.Run(t, "ip", "link", "add", "name", "other0", "type", "veth", "peer", "name", "other1")
	c.near.Must(t, func() error {
		ns, err := enterNamespace()
		if err != nil {
			return err
		}
		defer ns.leave()
		li, err := ns.rt.LinkByName("other0")
		if err != nil {
			return err
		}
		for i := range 200 {
			if err := ns.rt.SetMTU(li.Index, 1000+i); err != nil {
				return err
			}
		}
		w, err := ns.mon.add(li.Index, "other0", 0, nil)
		if err != nil {
			return err
		}
		defer ns.mon.remove(w)
		states := link.States(&w.reports)
		for end := time.After(100 * time.Millisecond); ; {
			select {
			case st := <-states:
				if st.MTU != 1199 {
					t.Errorf("MTU %d, want 1199, the last that was set", st.MTU)
				}
			case <-end:
				return nil
			}
		}
	})
}
