//go:build !noetcd

package group

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// The pauses between two tries to join, and the time for one.
const (
	firstPause = 500 * time.Millisecond
	mostPause  = 8 * time.Second
	tryTime    = 5 * time.Second
)

// join joins the group, and tries that again until it succeeds.
func (g *Group) join() {
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		err := g.tryJoin()
		if err == nil || g.ctx.Err() != nil {
			return
		}
		g.mu.Lock()
		known := g.err != nil && g.err.Error() == err.Error()
		g.err = err
		g.mu.Unlock()
		if !known {
			g.log.Error("group not joined, lacpd tries again", "group", g.Config.Group, "error", err)
		}
		select {
		case <-time.After(pause):
		case <-g.ctx.Done():
			return
		}
	}
}

// tryJoin joins the group.
func (g *Group) tryJoin() error {
	ctx, cancel := context.WithTimeout(g.ctx, tryTime)
	defer cancel()
	opened, err := g.open(ctx, g.Config, &g.files, g.log)
	if err != nil {
		return err
	}
	store := &observed{Directory: opened}
	g.mu.Lock()
	g.store = store
	g.mu.Unlock()
	began := time.Now()
	id, err := g.learn(ctx, store)
	store.note(began, err)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	group := chassis.Group{
		Name: g.Config.Group, Me: chassis.ID(g.Config.Name), Others: g.others(), Secret: g.files.Secret, Hold: g.Config.Hold, Logger: g.log,
	}
	transport, err := chassis.ListenUDP(g.Config.Heartbeat, g.peers())
	if err != nil {
		return errors.Join(err, store.Close())
	}
	ends, err := chassis.ListenTCP(group, g.Config.Heartbeat, g.peers())
	if err != nil {
		return errors.Join(err, transport.Close(), store.Close())
	}
	group.Transport, group.Ends = transport, ends
	c, err := chassis.Join(group, store)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.identity, g.chassis, g.err = id, c, nil
	for _, l := range g.lags {
		l.err = g.add(l)
	}
	g.work.Go(func() { g.follow(c) })
	g.log.Info("group joined", "group", g.Config.Group, "name", g.Config.Name, "number", id.Number, "system", id.System.String())
	return nil
}

// others returns the names of the other boxes.
func (g *Group) others() (ids []chassis.ID) {
	for _, name := range slices.Sorted(maps.Keys(g.Config.Peers)) {
		ids = append(ids, chassis.ID(name))
	}
	return ids
}

func (g *Group) peers() map[chassis.ID][]netip.AddrPort {
	all := make(map[chassis.ID][]netip.AddrPort)
	for name, addrs := range g.Config.Peers {
		all[chassis.ID(name)] = addrs
	}
	return all
}
