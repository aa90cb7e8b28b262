package netif

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// snapshot holds all settings of an interface that a takeover may change.
type snapshot struct {
	Addr    string
	MTU     uint32
	Up      bool
	IPv6    string
	Ingress bool
	Addrs   []rtnl.Addr
}

func snap(t *testing.T, ns *netlab.NS, name string) (s snapshot) {
	t.Helper()
	ns.Must(t, func() error {
		n, err := enterNamespace()
		if err != nil {
			return err
		}
		li, err := n.rt.LinkByName(name)
		if err != nil {
			return err
		}
		s.Addr, s.MTU, s.Up = li.Addr.String(), li.MTU, li.Flags&unix.IFF_UP != 0
		addrs, err := n.rt.Addrs(li.Index)
		for _, a := range addrs {
			a.Flags &= rtnl.SettableAddrFlags
			s.Addrs = append(s.Addrs, a)
		}
		slices.SortFunc(s.Addrs, func(a, b rtnl.Addr) int { return a.Local.Compare(b.Local) })
		ingress, err2 := n.rt.HasIngress(li.Index)
		s.Ingress = ingress
		var err3 error
		s.IPv6, err3 = readDisableIPv6(n, name)
		return cmp.Or(err, err2, err3, n.leave())
	})
	return s
}

// dress gives the near end every setting that must be restored.
func (c *cable) dress(t *testing.T) {
	t.Helper()
	c.near.SetHardwareAddr(t, nearName, net.HardwareAddr{2, 0, 0, 0, 1, 1})
	c.near.AddAddr(t, nearName, "192.0.2.1/24")
	c.near.AddAddr(t, nearName, "192.0.2.9/24") // a secondary address
	c.near.AddAddr(t, nearName, "198.51.100.1/30")
	if _, err := os.Stat("/proc/sys/net/ipv6"); err == nil {
		c.near.AddAddr(t, nearName, "2001:db8::1/64")
	}
}

var bondAddr = net.HardwareAddr{2, 0, 0, 0, 0xb0, 0x0d}

func (c *cable) memberConfig() Config {
	cfg := c.config()
	cfg.HardwareAddr, cfg.MTU = bondAddr, 4000
	return cfg
}

func (c *cable) checkMember(t *testing.T) {
	t.Helper()
	s := snap(t, c.near, nearName)
	if s.Addr != bondAddr.String() || s.MTU != 4000 || !s.Up || !s.Ingress || len(s.Addrs) != 0 {
		t.Errorf("as a member: %+v; want MAC address %s, MTU 4000, up, filtered, without IP addresses", s, bondAddr)
	}
	if s.IPv6 != "1" && s.IPv6 != "" {
		t.Errorf("as a member: disable_ipv6 is %s, want 1", s.IPv6)
	}
}

func (c *cable) checkRestored(t *testing.T, before snapshot) {
	t.Helper()
	if after := snap(t, c.near, nearName); !reflect.DeepEqual(after, before) {
		t.Errorf("after release: %+v\nbefore: %+v", after, before)
	}
	c.checkEmpty(t)
}

// checkEmpty checks that no record remains.
func (c *cable) checkEmpty(t *testing.T) {
	t.Helper()
	files, err := os.ReadDir(c.dir)
	if err != nil || len(files) != 0 {
		t.Errorf("state directory holds %v, %v; want nothing", files, err)
	}
}

func TestCloseGivesInterfaceBack(t *testing.T) {
	t.Parallel()
	for _, up := range []bool{true, false} {
		c := layCable(t)
		c.dress(t)
		if !up {
			c.near.Down(t, nearName)
		}
		before := snap(t, c.near, nearName)
		l := c.open(t, c.memberConfig())
		c.checkMember(t)
		if got := l.HardwareAddr().String(); got != before.Addr {
			t.Errorf("HardwareAddr is %s, want the interface's own %s", got, before.Addr)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		c.checkRestored(t, before)
	}
}

func TestCloseKeepsOthersIngressQdisc(t *testing.T) {
	c := layCable(t)
	c.near.Must(t, func() error {
		ns, err := enterNamespace()
		if err != nil {
			return err
		}
		li, err := ns.rt.LinkByName(nearName)
		if err != nil {
			return err
		}
		return cmp.Or(ns.rt.AddIngress(li.Index), ns.rt.RemoveIngress(li.Index, false), ns.leave())
	})
	before := snap(t, c.near, nearName)
	if !before.Ingress {
		t.Fatal("no ingress qdisc to keep")
	}
	l := c.open(t, c.memberConfig())
	c.checkMember(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c.checkRestored(t, before)
}

func TestOpenWithoutStateDirChangesNothing(t *testing.T) {
	c := layCable(t)
	c.dress(t)
	before := snap(t, c.near, nearName)
	cfg := c.memberConfig()
	cfg.StateDir = "/proc/self/no such directory"
	err := c.near.Do(func() error {
		_, err := OpenLink(cfg)
		return err
	})
	var le *link.Error
	if !errors.As(err, &le) || le.Field != "StateDir" {
		t.Errorf("error %v, want a LinkError of StateDir", err)
	}
	c.checkRestored(t, before)
}

// The MAC address is set almost last. A macvlan interface refuses the address of the interface
// below it.
func TestFailedOpenUndoesEverything(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	c.near.Run(t, "ip", "link", "add", "link", nearName, "name", "mv0", "type", "macvlan", "mode", "bridge")
	c.near.Up(t, "mv0")
	c.near.AddAddr(t, "mv0", "192.0.2.1/24")
	before := snap(t, c.near, "mv0")
	taken := c.near.Interface(t, nearName).HardwareAddr
	err := c.near.Do(func() error {
		_, err := OpenLink(Config{Name: "mv0", StateDir: c.dir, HardwareAddr: taken, MTU: 1400})
		return err
	})
	var le *link.Error
	if !errors.As(err, &le) || le.Field != "HardwareAddr" || !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("error %v, want a LinkError of HardwareAddr that is EADDRINUSE", err)
	}
	if after := snap(t, c.near, "mv0"); !reflect.DeepEqual(after, before) {
		t.Errorf("after the failure: %+v\nbefore: %+v", after, before)
	}
	if files, err := os.ReadDir(c.dir); err != nil || len(files) != 0 {
		t.Errorf("state directory holds %v, %v; want nothing", files, err)
	}
}

// arpRequest asks for the station with an address.
func arpRequest(ip [4]byte) []byte {
	f := append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, macB...)
	f = append(f, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1)
	f = append(append(f, macB...), 192, 0, 2, 200)
	f = append(append(f, 0, 0, 0, 0, 0, 0), ip[:]...)
	return append(f, make([]byte, 18)...)
}

func isARPReply(f []byte) bool {
	return len(f) >= 42 && f[12] == 0x08 && f[13] == 0x06 && f[21] == 2
}

func TestMemberDoesNotAnswerForTheHost(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	c.near.AddAddr(t, nearName, "192.0.2.1/24")
	// Linux answers for any address of the host on any interface.
	c.near.AddAddr(t, "lo", "192.0.2.77/32")
	far := c.far.Wire(t, farName)
	asked := [4]byte{192, 0, 2, 77}
	far.Send(t, arpRequest(asked))
	far.Next(t, isARPReply)

	l := c.open(t, c.config())
	bufs, frames := [][]byte{make([]byte, link.BufferSize)}, make([]link.Frame, 1)
	for range 10 {
		far.Send(t, arpRequest(asked))
		// The packet socket receives it.
		for {
			if _, err := l.Read(bufs, frames); err != nil {
				t.Fatal(err)
			}
			if f := frames[0].Data; len(f) >= 42 && f[12] == 0x08 && f[13] == 0x06 {
				break
			}
		}
		if _, err := l.Write([]link.Frame{{Data: frameOf(macB, nil, "mark")}}); err != nil {
			t.Fatal(err)
		}
		got := far.Next(t, func(f []byte) bool { return isARPReply(f) || isExperiment(f) })
		if isARPReply(got) {
			t.Fatal("the host answered on a member")
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	far.Send(t, arpRequest(asked))
	far.Next(t, isARPReply)
}

const childEnv = "LAGKIT_TEST_MEMBER_STATE"

// TestMemberChild is not a test but the process that another test kills.
func TestMemberChild(t *testing.T) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		t.Skip("runs as the child of another test only")
	}
	c := &cable{dir: dir}
	// A program that another test starts may hold a copy of what its process has just closed.
	netlab.Await(t, "the member, which no process has any more", func() bool {
		_, err := OpenLink(c.memberConfig())
		var owned *OwnedError
		if err != nil && !errors.As(err, &owned) {
			t.Fatal(err)
		}
		return err == nil
	})
	_, _ = os.Stdout.WriteString("member\n")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
}

// startChild runs another process that has the near end as a member, and returns a function
// that kills it.
func (c *cable) startChild(t *testing.T) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestMemberChild$")
	cmd.Env = append(os.Environ(), childEnv+"="+c.dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.near.Start(cmd); err != nil {
		t.Fatal(err)
	}
	killed := false
	kill = func() {
		if !killed {
			killed = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			_ = in.Close()
		}
	}
	t.Cleanup(kill)
	said := bufio.NewReader(out)
	line, err := said.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "member" {
		rest, _ := io.ReadAll(said) // until it ends
		t.Fatalf("child said %q, %v", line+string(rest), err)
	}
	return kill
}

func TestTakeoverAfterKill(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	c.dress(t)
	before := snap(t, c.near, nearName)
	kill := c.startChild(t)
	c.checkMember(t)
	err := c.near.Do(func() error {
		_, err := OpenLink(c.config())
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "as a member") {
		t.Errorf("OpenLink() of another process's member = %v", err)
	}
	c.near.Must(t, func() error { return Restore(c.dir) })
	c.checkMember(t) // its process lives

	kill()
	l := c.open(t, c.memberConfig())
	c.checkMember(t)
	if got := l.HardwareAddr().String(); got != before.Addr {
		t.Errorf("HardwareAddr is %s, want the interface's own %s", got, before.Addr)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c.checkRestored(t, before)
}

func TestRestoreAfterKill(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	c.dress(t)
	before := snap(t, c.near, nearName)
	c.startChild(t)()
	c.checkMember(t)
	c.near.Must(t, func() error { return Restore(c.dir) })
	c.checkRestored(t, before)
}
