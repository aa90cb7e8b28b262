package lab

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

const formLimit = 3500 * time.Millisecond

func TestPingIsAnsweredOnce(t *testing.T) {
	besideOthers(t)
	b := newBed(t, bedConfig{members: 2})
	b.form(t, formLimit)
	if _, err := exec.LookPath("ping"); err != nil {
		t.Skipf("needs ping: %v", err)
	}
	received := regexp.MustCompile(`100 packets transmitted, 100 received, 0% packet loss`)
	for _, end := range []struct {
		name string
		ns   *netlab.NS
		to   string
	}{{"from bond0", b.near, ovsIP}, {"from Open vSwitch", b.far, ourIP}} {
		// Duplicates are shown, and counted in the summary, as "DUP!" and "duplicates".
		out := end.ns.Run(t, "ping", "-n", "-c", "100", "-i", "0.01", "-W", "2", end.to)
		if !received.MatchString(out) || strings.Contains(out, "DUP!") {
			t.Errorf("ping %s:\n%s", end.name, out)
		}
	}
}

// arpRequest returns a request for the MAC address of ourIP, from an unused address of the
// network.
func arpRequest(from net.HardwareAddr, ip netip.Addr) []byte {
	f := bytes.Repeat([]byte{0xff}, 6)
	f = append(f, from...)
	f = append(f, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1)
	f = append(append(f, from...), ip.AsSlice()...)
	f = append(f, make([]byte, 6)...)
	return append(append(f, netip.MustParseAddr(ourIP).AsSlice()...), make([]byte, 18)...)
}

// arpReplies counts the answers to a host that pass an interface until a time, by the MAC
// address in them.
func arpReplies(conn *packet.Conn, to net.HardwareAddr, until time.Time) (map[string]int, error) {
	replies := make(map[string]int)
	buf := make([]byte, 2048)
	if err := conn.SetReadDeadline(until); err != nil {
		return nil, err
	}
	for {
		n, _, err := conn.ReadFrom(buf)
		if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
			return replies, nil
		}
		if err != nil {
			return nil, err
		}
		f := buf[:n]
		if n >= 42 && bytes.Equal(f[:6], to) && f[12] == 0x08 && f[13] == 0x06 && f[21] == 2 {
			replies[net.HardwareAddr(f[22:28]).String()]++
		}
	}
}

func TestOnlyTheBondAnswersARP(t *testing.T) {
	needLong(t)
	b := newBed(t, bedConfig{members: 2})
	b.form(t, formLimit)
	bondMAC := b.lacpd.status(t).MAC
	// The request goes out of the bridge once, and then directly into each of our members.
	for i, name := range []string{ovsBridge, "o0", "o1"} {
		host := net.HardwareAddr{2, 0x77, 0, 0, 0, byte(i + 1)}
		// Answers are counted where they arrive, at the far ends of the cables.
		var conns []*packet.Conn
		for _, end := range b.theirs {
			conns = append(conns, listen(t, b.far, end))
		}
		b.far.Wire(t, name).Send(t, arpRequest(host, netip.AddrFrom4([4]byte{10, 9, 0, byte(77 + i)})))
		until := time.Now().Add(500 * time.Millisecond)
		results := make(chan map[string]int, len(conns))
		for _, c := range conns {
			go func() {
				replies, err := arpReplies(c, host, until)
				if err != nil {
					t.Error(err)
				}
				results <- replies
			}()
		}
		all := make(map[string]int)
		for range conns {
			for mac, n := range <-results {
				all[mac] += n
			}
		}
		if len(all) != 1 || all[bondMAC] != 1 {
			t.Errorf("asked through %s: answers by address %v, want one by %s", name, all, bondMAC)
		}
	}
}

// listen opens a socket for all frames received on an interface.
func listen(t testing.TB, ns *netlab.NS, name string) *packet.Conn {
	t.Helper()
	ifi := ns.Interface(t, name)
	var conn *packet.Conn
	ns.Must(t, func() (err error) {
		conn, err = packet.Listen(ifi, packet.Raw, unix.ETH_P_ARP, nil)
		return err
	})
	t.Cleanup(func() { conn.Close() })
	return conn
}
