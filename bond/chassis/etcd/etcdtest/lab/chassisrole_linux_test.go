package lab

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"path/filepath"

	"github.com/lagkit/lagkit/bond/chassis"
)

// chassisContender is a box that is a chassis of the group.
type chassisContender struct{ *chassis.Chassis }

// register checks that the name and the number of the box belong to no other one.
func register(ctx context.Context, cfg boxConfig, store chassis.Directory) error {
	if err := chassis.OwnName(ctx, store, cfg.Name, filepath.Join(cfg.StateDir, "box")); err != nil {
		return err
	}
	_, err := chassis.Number(ctx, store, cfg.Name, cfg.Number)
	return err
}

// newChassis makes the box a chassis of the group. It takes ownership of the store.
func newChassis(cfg boxConfig, store chassis.Store, b carrier, log *slog.Logger) (contender, error) {
	group := chassis.Group{Name: groupName, Me: cfg.Name, Secret: []byte(secret), Hold: cfg.Hold, Logger: log, GoneIsProof: cfg.Proof}
	own := []netip.AddrPort{netip.MustParseAddrPort(cfg.Listen)}
	peers := make(map[chassis.ID][]netip.AddrPort)
	for id, address := range cfg.Peers {
		group.Others = append(group.Others, id)
		peers[id] = []netip.AddrPort{netip.MustParseAddrPort(address)}
	}
	udp, err := chassis.ListenUDP(own, peers)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	tcp, err := chassis.ListenTCP(group, own, peers)
	if err != nil {
		return nil, errors.Join(err, udp.Close(), store.Close())
	}
	group.Transport, group.Ends = udp, tcp
	joined, err := chassis.Join(group, store)
	if err != nil {
		return nil, err
	}
	return chassisContender{joined}, joined.Add(lagName, b, chassis.LAG{Settings: cfg.Settings, OnIsolation: cfg.OnIsolation})
}

func (c chassisContender) handOver(ctx context.Context, to chassis.ID) error {
	return c.HandOver(ctx, lagName, to)
}

func (c chassisContender) status() (boxStatus, error) {
	st, err := c.Status(lagName)
	s := boxStatus{
		Known: st.Known, Active: st.View.Active, Epoch: st.View.Epoch, Intent: st.View.Intent, Left: st.Left, Score: st.Score, Peers: st.Peers,
	}
	for _, d := range st.Differences {
		s.Differences = append(s.Differences, d.String())
	}
	return s, err
}

func (c chassisContender) close(ctx context.Context) error { return c.Close(ctx) }
