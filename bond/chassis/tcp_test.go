package chassis

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// patience is how long a test waits for something that has to happen.
const patience = time.Minute

// end is the end of a process that was reported.
type end struct {
	id   ID
	boot uint64
}

// listenTCP listens at a loopback address for chassis of a group.
func listenTCP(t *testing.T, me ID, secret string, peers map[ID][]netip.AddrPort) *TCP {
	t.Helper()
	tcp, err := ListenTCP(Group{Name: "g", Me: me, Secret: []byte(secret)}, []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}, peers)
	if err != nil {
		t.Skipf("no loopback address: %v", err)
	}
	return tcp
}

// runTCP runs a TCP and returns where it reports ends.
func runTCP(tcp *TCP, boot uint64) <-chan end {
	ends := make(chan end, 10)
	go func() {
		tcp.Run(boot, func(id ID, boot uint64) { ends <- end{id, boot} })
		close(ends)
	}()
	return ends
}

// await waits for the end of a process, or, with the zero end, for that of Run.
func await(t *testing.T, ends <-chan end, want end) {
	t.Helper()
	select {
	case got := <-ends:
		if got != want {
			t.Fatalf("end %+v, want %+v", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("no end within %v, want %+v", patience, want)
	}
}

// meetings makes a TCP report whom it has met.
func meetings(tcp *TCP) <-chan end {
	met := make(chan end, 10)
	tcp.met = func(id ID) { met <- end{id: id} }
	return met
}

// Each end learns that the other's process has ended, and which life it was. The one with the lower name
// connects, again after each end.
func TestTCPReportsEnds(t *testing.T) {
	const secret = "0123456789abcdef"
	b := listenTCP(t, "B", secret, map[ID][]netip.AddrPort{"A": nil})
	met := meetings(b)
	bEnds := runTCP(b, 20)
	for life := uint64(1); life <= 2; life++ {
		a := listenTCP(t, "A", secret, map[ID][]netip.AddrPort{"B": b.Addrs()})
		aEnds := runTCP(a, life)
		await(t, met, end{id: "A"})
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		await(t, bEnds, end{"A", life})
		await(t, aEnds, end{})
	}
	a := listenTCP(t, "A", secret, map[ID][]netip.AddrPort{"B": b.Addrs()})
	aMet := meetings(a)
	aEnds := runTCP(a, 3)
	await(t, aMet, end{id: "B"})
	await(t, met, end{id: "A"})
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	await(t, aEnds, end{"B", 20})
	if err := errors.Join(a.Close(), a.Close()); err != nil {
		t.Errorf("Close, twice: %v", err)
	}
}

// childPeer is the environment variable that makes this test a chassis A of another process.
const childPeer = "LAGKIT_TEST_TCP_PEER"

// However a process ends, the others learn that at once.
func TestTCPReportsKill(t *testing.T) {
	const secret = "0123456789abcdef"
	if peer := os.Getenv(childPeer); peer != "" {
		a := listenTCP(t, "A", secret, map[ID][]netip.AddrPort{"B": {netip.MustParseAddrPort(peer)}})
		a.Run(77, func(ID, uint64) {})
		return
	}
	b := listenTCP(t, "B", secret, map[ID][]netip.AddrPort{"A": nil})
	met := meetings(b)
	ends := runTCP(b, 20)
	child := exec.Command(os.Args[0], "-test.run=^TestTCPReportsKill$")
	child.Env = append(os.Environ(), childPeer+"="+b.Addrs()[0].String())
	if err := child.Start(); err != nil {
		t.Skipf("no second process: %v", err)
	}
	defer func() { _ = child.Process.Kill() }() // it has ended already, unless the test fails
	await(t, met, end{id: "A"})
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	await(t, ends, end{"A", 77})
	_ = child.Wait() // it was killed
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// Without the secret, or for another chassis or group, nothing is reported.
func TestTCPRefusesStrangers(t *testing.T) {
	const secret = "0123456789abcdef"
	b := listenTCP(t, "B", secret, map[ID][]netip.AddrPort{"A": nil})
	met := meetings(b)
	ends := runTCP(b, 20)
	for what, meet := range map[string]func(*TCP, net.Conn) error{
		"another secret":  func(a *TCP, c net.Conn) error { a.group.Secret = []byte("another"); return a.meet(c, "B") },
		"another group":   func(a *TCP, c net.Conn) error { a.group.Name = "h"; return a.meet(c, "B") },
		"unknown":         func(a *TCP, c net.Conn) error { a.group.Me = "Z"; return a.meet(c, "B") },
		"for another one": func(a *TCP, c net.Conn) error { return a.meet(c, "C") },
		"no hello": func(_ *TCP, c net.Conn) error {
			_, err := c.Write(make([]byte, 300))
			return errors.Join(err, readUntilEnd(c))
		},
		"nothing": func(_ *TCP, c net.Conn) error { return errors.Join(c.(*net.TCPConn).CloseWrite(), readUntilEnd(c)) },
	} {
		a := &TCP{group: Group{Name: "g", Me: "A", Secret: []byte(secret)}}
		c, err := net.Dial("tcp", b.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if err := meet(a, c); err == nil {
			t.Errorf("%s: the other end goes on", what)
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the other end waits for more than %v", what, patience)
		}
		c.Close()
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	await(t, ends, end{})
	if len(met) != 0 {
		t.Errorf("%d strangers were believed", len(met))
	}
}

// Each end checks whom the other one wants and is, even if it has the secret.
func TestTCPChecksNames(t *testing.T) {
	secret := []byte("0123456789abcdef")
	dialed, accepted := newHello("g", "A", "B", 1), newHello("g", "B", "A", 2)
	// dial plays the end that dials, accept the other one.
	dial := func(c net.Conn, h *hello) {
		_, _ = c.Write(h.raw) // the other end may be gone
		if other, err := readHello(c); err == nil && readTag(c, helloTag(secret, labelAccepted, h, other)) == nil {
			_, _ = c.Write(helloTag(secret, labelDialed, h, other))
		}
	}
	accept := func(c net.Conn, h *hello, secret []byte) {
		if other, err := readHello(c); err == nil {
			_, _ = c.Write(slices.Concat(h.raw, helloTag(secret, labelAccepted, other, h)))
			_, _ = c.Read(make([]byte, 100))
		}
	}
	for what, h := range map[string]*hello{
		"": dialed, "another group": newHello("h", "A", "B", 1), "an unknown one": newHello("g", "Z", "B", 1), "for another one": newHello("g", "A", "C", 1),
	} {
		near, remote := net.Pipe()
		b := &TCP{group: Group{Name: "g", Me: "B", Secret: secret}, peers: map[ID][]netip.AddrPort{"A": nil}}
		go func() { dial(remote, h); _ = remote.Close() }()
		if other, err := b.answer(near, 2); (err == nil) != (what == "") || err == nil && (other.from != "A" || other.boot != 1) {
			t.Errorf("answer to %q: %+v, %v", what, other, err)
		}
		_ = near.Close()
	}
	for what, h := range map[string]*hello{
		"": accepted, "one without the secret": accepted, "another group": newHello("h", "B", "A", 2), "another one": newHello("g", "C", "A", 2), "for another one": newHello("g", "B", "C", 2),
	} {
		near, remote := net.Pipe()
		a := &TCP{group: Group{Name: "g", Me: "A", Secret: secret}}
		known := secret
		if what == "one without the secret" {
			known = []byte("another secret..")
		}
		go func() { accept(remote, h, known); _ = remote.Close() }()
		if other, err := a.greet(near, "B", 1); (err == nil) != (what == "") || err == nil && (other.from != "B" || other.boot != 2) {
			t.Errorf("greeting of %q: %+v, %v", what, other, err)
		}
		_ = near.Close()
	}
}

// meet greets another chassis, and waits until it ends the connection.
func (t *TCP) meet(c net.Conn, id ID) error {
	if _, err := t.greet(c, id, 1); err != nil {
		return err
	}
	return readUntilEnd(c)
}

var errEnded = errors.New("the other end has ended the connection")

// readUntilEnd reads until the other end ends the connection.
func readUntilEnd(c net.Conn) error {
	for b := make([]byte, 100); ; {
		if _, err := c.Read(b); err != nil {
			return errors.Join(errEnded, err)
		}
	}
}

// broken is a connection that ends with an error, as when its path is lost.
type broken struct{ net.Conn }

func (broken) Read([]byte) (int, error)    { return 0, os.ErrDeadlineExceeded }
func (broken) SetDeadline(time.Time) error { return nil }
func (broken) Close() error                { return nil }

// A path that is lost is no end of a process.
func TestTCPLostPath(t *testing.T) {
	tcp := new(TCP)
	met := meetings(tcp)
	tcp.ctx, tcp.cancel = context.WithCancel(t.Context())
	tcp.serve(broken{}, func() (*hello, error) { return &hello{from: "A", boot: 1}, nil }, func(id ID, boot uint64) {
		t.Errorf("the end of life %d of %s is reported", boot, id)
	})
	await(t, met, end{id: "A"})
	tcp.cancel()
	if _, err := ListenTCP(Group{}, []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:1")}, nil); err == nil {
		t.Error("an address of another host gives no error")
	}
}
