package lab

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/lab/echo"
)

// guestPeer is the common part of the drivers in a guest.
type guestPeer struct {
	cfg peerConfig
	g   *guest
}

// guestLAG is the interface of the LAG in a guest.
const guestLAG = "bond0"

func newGuestPeer(t testing.TB, cfg peerConfig) guestPeer {
	t.Helper()
	g := startGuest(t, needGuest(t), cfg.id, cfg.members, nil)
	return guestPeer{cfg, g}
}

func (p *guestPeer) ends() []wireEnd {
	var ends []wireEnd
	for _, e := range p.g.wires {
		ends = append(ends, e)
	}
	return ends
}

func (p *guestPeer) ping(to string, count int, every time.Duration) (echo.Result, error) {
	limit := time.Duration(count)*every + guestTimeout
	a, err := p.g.do(map[string]any{"op": "echo", "to": to, "count": count, "interval": every.Microseconds()}, limit)
	var r echo.Result
	if err == nil {
		err = json.Unmarshal(a.Value, &r)
	}
	return r, err
}

// addressUp gives the LAG its address.
func (p *guestPeer) addressUp(t testing.TB) {
	t.Helper()
	p.g.run(t, "ip", "link", "set", guestLAG, "up")
	p.g.run(t, "ip", "address", "add", p.cfg.ip()+"/24", "dev", guestLAG)
}

// linuxBonding is the bonding driver of the kernel.
var linuxBonding = &peerKind{
	name: "Linux bonding",
	remarks: []string{
		"Like many, it ignores its partner's Collecting. We also clear Synchronization as soon as we do not receive it, and it reacts to that.",
		"Cables swapped: the LAG stays the same, but the standard's update_Selected also compares the partner's port. A port that finds another one goes through DETACHED and the two seconds of wait-while, on both links at once. We do that. The driver's own selection logic puts the port back on its aggregator before its Mux machine runs, so with itself it continues at once.",
	},
	need:    func(t testing.TB) { needGuest(t) },
	version: func(t testing.TB) string { return needGuest(t).version },
	make: func(t testing.TB, cfg peerConfig) peer {
		t.Helper()
		return &bondingPeer{newGuestPeer(t, cfg)}
	},
}

type bondingPeer struct{ guestPeer }

func (p *bondingPeer) start(t testing.TB) {
	t.Helper()
	rate, active := "fast", "on"
	if p.cfg.slow {
		rate = "slow"
	}
	if p.cfg.passive {
		active = "off"
	}
	p.g.run(t, "ip", "link", "add", guestLAG, "type", "bond", "mode", "802.3ad", "miimon", "100",
		"lacp_rate", rate, "lacp_active", active, "xmit_hash_policy", "layer3+4")
	for i := range p.cfg.members {
		p.g.run(t, "ip", "link", "set", fmt.Sprintf("eth%d", i), "master", guestLAG)
	}
	p.addressUp(t)
}

func (p *bondingPeer) leave(t testing.TB) {
	t.Helper()
	p.g.run(t, "ip", "link", "delete", guestLAG)
}

func (p *bondingPeer) restart(t testing.TB) {
	t.Helper()
	p.leave(t)
	p.start(t)
}

func (p *bondingPeer) show(t testing.TB) string { return p.g.read(t, "/proc/net/bonding/"+guestLAG) }

// teamDriver is the team driver with teamd.
var teamDriver = &peerKind{
	name: "teamd",
	remarks: []string{
		"It does not answer Markers (teamd-marker.pcap).",
		"It has no wait-while. We always need the standard's two seconds to use a member again; with itself it needs none.",
	},
	need: func(t testing.TB) {
		if !needGuest(t).team {
			t.Skip("needs teamd, of package libteam-utils")
		}
	},
	version: teamVersion,
	make: func(t testing.TB, cfg peerConfig) peer {
		t.Helper()
		return &teamPeer{newGuestPeer(t, cfg)}
	},
}

type teamPeer struct{ guestPeer }

func (p *teamPeer) start(t testing.TB) {
	t.Helper()
	ports := make(map[string]any)
	for i := range p.cfg.members {
		ports[fmt.Sprintf("eth%d", i)] = struct{}{}
	}
	config, err := json.Marshal(map[string]any{
		"device":     guestLAG,
		"link_watch": map[string]any{"name": "ethtool"},
		"ports":      ports,
		"runner": map[string]any{
			"name": "lacp", "active": !p.cfg.passive, "fast_rate": !p.cfg.slow,
			"tx_hash": []string{"eth", "ipv4", "ipv6", "tcp", "udp"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.g.write(t, "/run/teamd/config.json", string(config))
	if _, err := p.g.do(map[string]any{"op": "start", "args": []string{"teamd", "-f", "/run/teamd/config.json"}}, guestTimeout); err != nil {
		t.Fatal(err)
	}
	await(t, "teamd runs", time.Now(), guestTimeout, func() bool {
		_, err := p.g.do(map[string]any{"op": "exec", "args": []string{"teamdctl", guestLAG, "state"}}, guestTimeout)
		return err == nil
	}, func() string { return p.g.run(t, "ip", "-o", "link", "show") })
	p.addressUp(t)
}

func (p *teamPeer) leave(t testing.TB) {
	t.Helper()
	p.g.run(t, "teamd", "-k", "-t", guestLAG)
	await(t, "teamd ends", time.Now(), guestTimeout, func() bool {
		return !strings.Contains(p.g.run(t, "ip", "-o", "link", "show"), guestLAG+":")
	}, func() string { return p.g.run(t, "ip", "-o", "link", "show") })
}

func (p *teamPeer) restart(t testing.TB) {
	t.Helper()
	p.leave(t)
	p.start(t)
}

func (p *teamPeer) show(t testing.TB) string {
	return p.g.run(t, "teamdctl", guestLAG, "state", "dump")
}
