package lab

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

// candidate makes a box active by an election of etcd's client alone, as a program does without
// package chassis: whoever holds the key of the election is active until its lease has ended.
type candidate struct {
	cfg     boxConfig
	carrier carrier
	client  *clientv3.Client
	cancel  context.CancelFunc
	work    sync.WaitGroup

	mu       sync.Mutex
	election *concurrency.Election // while it leads
	resigned chan struct{}
}

// electionKey is the key of the election.
const electionKey = "/lease/" + lagName

func newCandidate(cfg boxConfig, b carrier) (contender, error) {
	client, err := cfg.Store.dial()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &candidate{cfg: cfg, carrier: b, client: client, cancel: cancel, resigned: make(chan struct{}, 1)}
	c.work.Go(func() {
		for ctx.Err() == nil {
			if c.campaign(ctx) != nil {
				select {
				case <-time.After(100 * time.Millisecond):
				case <-ctx.Done():
				}
			}
		}
	})
	return c, nil
}

// campaign takes part in the election until the lease has ended, or another one leads.
func (c *candidate) campaign(ctx context.Context) error {
	session, err := concurrency.NewSession(c.client, concurrency.WithTTL(c.cfg.Lease), concurrency.WithContext(ctx))
	if err != nil {
		return err
	}
	defer session.Close()
	e := concurrency.NewElection(session, electionKey)
	if err := e.Campaign(ctx, string(c.cfg.Name)); err != nil {
		return err
	}
	if err := c.lead(e); err != nil {
		return err
	}
	select {
	case <-session.Done():
	case <-c.resigned:
	}
	return c.follow()
}

// lead opens the data path.
func (c *candidate) lead(e *concurrency.Election) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.election = e
	return c.carrier.SetPermission(bond.Permission{Until: plane.Clock() + time.Hour, Epoch: uint64(e.Rev())})
}

// follow closes the data path.
func (c *candidate) follow() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.election = nil
	return c.carrier.SetPermission(bond.Permission{Code: lacp.ReasonStandbyChassis})
}

var errNotLeader = errors.New("lab: not the leader")

// handOver gives the leadership up: the next candidate takes it.
func (c *candidate) handOver(ctx context.Context, _ chassis.ID) error {
	c.mu.Lock()
	e := c.election
	c.mu.Unlock()
	if e == nil {
		return errNotLeader
	}
	if err := c.follow(); err != nil {
		return err
	}
	err := e.Resign(ctx)
	c.resigned <- struct{}{}
	return err
}

func (c *candidate) status() (boxStatus, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.mu.Lock()
	leads := c.election != nil
	c.mu.Unlock()
	var st boxStatus
	if leads {
		st.Left = time.Hour
	}
	answer, err := c.client.Get(ctx, electionKey, clientv3.WithFirstCreate()...)
	if err != nil {
		return st, nil // unknown
	}
	st.Known = true
	if len(answer.Kvs) > 0 {
		st.Active, st.Epoch = chassis.ID(answer.Kvs[0].Value), uint64(answer.Kvs[0].CreateRevision)
	}
	return st, nil
}

func (c *candidate) close(context.Context) error {
	c.cancel()
	c.work.Wait()
	return errors.Join(c.follow(), c.client.Close())
}
