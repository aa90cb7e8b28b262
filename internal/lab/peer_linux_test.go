package lab

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/lab/echo"
	"github.com/lagkit/lagkit/internal/netlab"
)

// peer is a system that implements LACP, with the ends of its cables.
type peer interface {
	ends() []wireEnd
	// start makes the LAG, with the cables unplugged.
	start(t testing.TB)
	// restart removes the LAG, without a last LACPDU if possible, and makes it again.
	restart(t testing.TB)
	// leave ends the LAG as its user would.
	leave(t testing.TB)
	// ping sends echo requests out of the LAG.
	ping(to string, count int, every time.Duration) (echo.Result, error)
	show(t testing.TB) string
}

// peerConfig describes a peer's LAG.
type peerConfig struct {
	id            byte // 1 or 2: distinguishes the two of a pair
	members       int
	slow, passive bool
	// For lagkit only.
	coupled, noWait bool
	limit           int // of members in use; 0: none
}

func (c *peerConfig) ip() string { return fmt.Sprintf("10.9.0.%d", c.id) }

// peerKind is a kind of peer to test.
type peerKind struct {
	name string
	// need skips the test if no such peer is available; version returns its version.
	need    func(t testing.TB)
	version func(t testing.TB) string
	make    func(t testing.TB, cfg peerConfig) peer
	// remarks are further notes on its figures. The reasons for figures that miss their limits
	// are in explanations.
	remarks []string
}

// kinds lists all kinds of peers. The first is our own.
var kinds = []*peerKind{ours, linuxBonding, teamDriver, openVSwitch, dpdk}

var ours = &peerKind{
	name:    "lagkit",
	need:    needRoot,
	version: func(testing.TB) string { return "this commit" },
	make:    newLagkitPeer,
}

// namespacePeer is a peer whose interfaces are in a namespace, with cables into another one
// that only the test uses.
type namespacePeer struct {
	cfg        peerConfig
	near, far  *netlab.NS
	interfaces []string
	wires      []wireEnd
}

func newNamespacePeer(t testing.TB, cfg peerConfig) namespacePeer {
	t.Helper()
	p := namespacePeer{cfg: cfg, near: netlab.New(t), far: netlab.New(t)}
	// The far namespace's IP stack takes no part.
	setSysctl(t, p.far, "ipv6/conf/default/disable_ipv6", "1")
	for i := range cfg.members {
		inside, outside := fmt.Sprintf("p%d", i), fmt.Sprintf("w%d", i)
		netlab.Pair(t, p.near, inside, p.far, outside)
		p.near.Up(t, inside)
		p.interfaces = append(p.interfaces, inside)
		p.wires = append(p.wires, newHostEnd(t, p.far, outside))
	}
	return p
}

func (p *namespacePeer) ends() []wireEnd { return p.wires }

func (p *namespacePeer) ping(to string, count int, every time.Duration) (echo.Result, error) {
	var conn net.PacketConn
	err := p.near.Do(func() (err error) {
		conn, err = echo.Listen(p.cfg.ip())
		return err
	})
	if err != nil {
		return echo.Result{}, err
	}
	defer conn.Close()
	return echo.Run(conn, to, count, every, nil)
}
