package lab

import (
	"context"
	"log/slog"
	"net/netip"

	"github.com/lagkit/lagkit/bond/chassis"
)

// chassisContender is a box that is a chassis of the group.
type chassisContender struct{ *chassis.Chassis }

// newChassis makes the box a chassis of the group.
func newChassis(cfg boxConfig, b carrier, log *slog.Logger) (contender, error) {
	group := chassis.Group{Name: groupName, Me: cfg.Name, Secret: []byte(secret), Hold: cfg.Hold, Logger: log}
	peers := make(map[chassis.ID][]netip.AddrPort)
	for id, address := range cfg.Peers {
		group.Others = append(group.Others, id)
		peers[id] = []netip.AddrPort{netip.MustParseAddrPort(address)}
	}
	udp, err := chassis.ListenUDP([]netip.AddrPort{netip.MustParseAddrPort(cfg.Listen)}, peers)
	if err != nil {
		return nil, err
	}
	group.Transport = udp
	store, err := openStore(cfg.Store)
	if err != nil {
		_ = udp.Close() // was never used
		return nil, err
	}
	joined, err := chassis.Join(group, store)
	if err != nil {
		return nil, err
	}
	return chassisContender{joined}, joined.Add(lagName, b, chassis.LAG{})
}

func (c chassisContender) handOver(ctx context.Context, to chassis.ID) error {
	return c.HandOver(ctx, lagName, to)
}

func (c chassisContender) status() (boxStatus, error) {
	st, err := c.Status(lagName)
	return boxStatus{
		Known: st.Known, Active: st.View.Active, Epoch: st.View.Epoch, Intent: st.View.Intent, Left: st.Left, Score: st.Score, Peers: st.Peers,
	}, err
}

func (c chassisContender) close(ctx context.Context) error { return c.Close(ctx) }
