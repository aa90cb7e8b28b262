package team

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestBondsOverThePlane joins two bonds by two cables. Both speak LACP, and the plane carries
// their data. A connection between their devices outlives the loss of one cable, then of the
// other.
func TestBondsOverThePlane(t *testing.T) {
	near, far := twoCables(t)
	a := openBond(t, near, net.HardwareAddr{2, 0, 0, 0, 0, 1}, "m0", "m1")
	b := openBond(t, far, net.HardwareAddr{2, 0, 0, 0, 0, 2}, "f0", "f1")
	awaitMembers(t, a, 2)
	awaitMembers(t, b, 2)
	talkOverCables(t, near, far, "bond0", func(n int) {
		awaitMembers(t, a, n)
		awaitMembers(t, b, n)
	})
	near.Run(t, "ip", "link", "set", "m0", "nomaster") // the bond puts it back
	netlab.Await(t, "m0 in the team again", func() bool {
		return strings.Contains(near.Run(t, "ip", "-o", "link", "show", "dev", "m0"), "master bond0")
	})
	near.Delete(t, "bond0") // the bond makes it again
	netlab.Await(t, "the device again", func() bool { return near.Exists(t, "bond0") })
	awaitMembers(t, a, 2)
	awaitMembers(t, b, 2)
	near.AddAddr(t, "bond0", "192.0.2.1/24")
	near.AwaitUp(t, "bond0")
	conn := echo(t, near, "192.0.2.1", far)
	talk(t, conn, "over the new device")
}

// TestBondWithTeamd joins a bond to a team that teamd manages.
func TestBondWithTeamd(t *testing.T) {
	if _, err := exec.LookPath("teamd"); err != nil {
		t.Skipf("needs teamd: %v", err)
	}
	near, far := twoCables(t)
	config, err := json.Marshal(map[string]any{
		"device":     "team0",
		"link_watch": map[string]any{"name": "ethtool"},
		"ports":      map[string]any{"f0": struct{}{}, "f1": struct{}{}},
		"runner":     map[string]any{"name": "lacp", "active": true, "fast_rate": true, "tx_hash": []string{"eth", "ipv4", "tcp"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		far.Down(t, fmt.Sprintf("f%d", i)) // the driver takes only such ports
	}
	teamd := exec.Command("teamd", "-g", "-f", file)
	var log bytes.Buffer
	teamd.Stdout, teamd.Stderr = &log, &log
	if err := far.Start(teamd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = teamd.Process.Signal(os.Interrupt)
		_ = teamd.Wait()
		if t.Failed() {
			t.Logf("teamd:\n%s", &log)
		}
	})
	netlab.Await(t, "the device of teamd", func() bool { return far.Exists(t, "team0") })
	far.Up(t, "team0") // until then it sends no LACPDUs
	a := openBond(t, near, net.HardwareAddr{2, 0, 0, 0, 0, 1}, "m0", "m1")
	awaitMembers(t, a, 2)
	far.AwaitUp(t, "team0")
	talkOverCables(t, near, far, "team0", func(n int) { awaitMembers(t, a, n) })
}

// TestKilledBond kills the process of a bond that speaks LACP. A connection over it goes on, and
// the bond of the next process carries it too.
func TestKilledBond(t *testing.T) {
	nearAddr := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	if args := os.Getenv(childEnv); args != "" {
		a, err := makeBond(nearAddr, strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		awaitMembers(t, a, 2)
		fmt.Println(childReady)
		_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent ends
		return
	}
	near, far := twoCables(t)
	b := openBond(t, far, net.HardwareAddr{2, 0, 0, 0, 0, 2}, "f0", "f1")
	kill := startChild(t, near, "TestKilledBond", "m0", "m1")
	awaitMembers(t, b, 2)
	near.AddAddr(t, "bond0", "192.0.2.1/24")
	far.AddAddr(t, "bond0", "192.0.2.2/24")
	near.AwaitUp(t, "bond0")
	far.AwaitUp(t, "bond0")
	conn := echo(t, near, "192.0.2.1", far)
	talk(t, conn, "over the child's bond")
	kill()
	for i := range 100 {
		talk(t, conn, fmt.Sprintf("without a process, %d", i))
	}
	index := near.Index(t, "bond0")
	a := openBond(t, near, nearAddr, "m0", "m1")
	start := time.Now()
	awaitMembers(t, a, 2)
	awaitMembers(t, b, 2)
	talk(t, conn, "over the next bond")
	t.Logf("the next bond has both members and carries data after %v", time.Since(start))
	if got := near.Index(t, "bond0"); got != index {
		t.Errorf("bond0 has index %d, want %d as before", got, index)
	}
}

func twoCables(t *testing.T) (near, far *netlab.NS) {
	t.Helper()
	near, far = netlab.New(t), netlab.New(t)
	needDriver(t, near)
	for i := range 2 {
		netlab.Pair(t, near, fmt.Sprintf("m%d", i), far, fmt.Sprintf("f%d", i))
		near.Up(t, fmt.Sprintf("m%d", i))
		far.Up(t, fmt.Sprintf("f%d", i))
	}
	return near, far
}

// talkOverCables keeps a connection while each cable is lost and comes back. members waits until
// that many carry data.
func talkOverCables(t *testing.T, near, far *netlab.NS, device string, members func(n int)) {
	t.Helper()
	near.AddAddr(t, "bond0", "192.0.2.1/24")
	far.AddAddr(t, device, "192.0.2.2/24")
	near.AwaitUp(t, "bond0")
	far.AwaitUp(t, device)
	conn := echo(t, near, "192.0.2.1", far)
	talk(t, conn, "over two cables")
	for i := range 2 {
		near.Down(t, fmt.Sprintf("m%d", i))
		members(1)
		talk(t, conn, fmt.Sprintf("without cable %d", i))
		near.Up(t, fmt.Sprintf("m%d", i))
		members(2)
		talk(t, conn, fmt.Sprintf("with cable %d again", i))
	}
}

// talk sends a text over a connection that returns it.
func talk(t *testing.T, conn net.Conn, what string) {
	t.Helper()
	text := []byte(what)
	if _, err := conn.Write(text); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if _, err := io.ReadFull(conn, text); err != nil || string(text) != what {
		t.Fatalf("%s: %q came back, %v", what, text, err)
	}
}

// openBond opens a bond over the plane in a namespace, and closes it with the test.
func openBond(t *testing.T, ns *netlab.NS, addr net.HardwareAddr, names ...string) (b *bond.Bond) {
	t.Helper()
	ns.Must(t, func() (err error) {
		b, err = makeBond(addr, names...)
		return err
	})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// makeBond opens a bond over the plane in the calling thread's namespace.
func makeBond(addr net.HardwareAddr, names ...string) (*bond.Bond, error) {
	cfg := bond.Config{Name: "bond0", Mode: bond.ModeLACP, HardwareAddr: addr, Plane: New()}
	var links []link.Port
	for _, name := range names {
		p, err := netif.OpenPort(netif.PortConfig{Name: name})
		if err != nil {
			return nil, err
		}
		links = append(links, p)
	}
	d, err := OpenDevice(DeviceConfig{Name: "bond0", HardwareAddr: addr})
	if err != nil {
		return nil, err
	}
	cfg.Device = d
	return bond.New(cfg, links...)
}

// awaitMembers waits until n members of a bond carry data.
func awaitMembers(t *testing.T, b *bond.Bond, n int) {
	t.Helper()
	var reasons []string
	for end := time.Now().Add(netlab.Patience); ; {
		carrying := 0
		reasons = nil
		for _, m := range b.Status().Members {
			if m.Carries {
				carrying++
			}
			reasons = append(reasons, fmt.Sprintf("%s: %v", m.Name, m.Reason))
		}
		if carrying == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %v: %d members carry data, want %d: %s", netlab.Patience, carrying, n, strings.Join(reasons, "; "))
		}
		<-time.After(5 * time.Millisecond)
	}
}

// echo opens a connection from one namespace to an address of another, which returns what it
// gets.
func echo(t *testing.T, ns *netlab.NS, addr string, from *netlab.NS) net.Conn {
	t.Helper()
	var l net.Listener
	ns.Must(t, func() (err error) {
		l, err = net.Listen("tcp", addr+":0")
		return err
	})
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.Copy(conn, conn) // until the other end closes
	}()
	var conn net.Conn
	from.Must(t, func() (err error) {
		conn, err = net.DialTimeout("tcp", l.Addr().String(), netlab.Patience)
		return err
	})
	t.Cleanup(func() { conn.Close() })
	return conn
}
