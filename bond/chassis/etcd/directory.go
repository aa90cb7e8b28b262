package etcd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// Publish implements [chassis.Directory]. The text stays until the Store has been closed or without
// contact for 10 seconds, and is published again after that. So it may be published even if
// Publish returns an error: one as from Do.
func (s *Store) Publish(ctx context.Context, me chassis.ID, lag string, text []byte) error {
	key, err := s.publicationKey(me, lag)
	if err != nil {
		return err
	}
	if err := checkText(text); err != nil {
		return err
	}
	ctx, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.lease.take(ctx); err != nil {
		return err
	}
	defer s.lease.give()
	err = s.write(ctx, key, s.lease.set(key, text))
	if text == nil && err == nil {
		s.lease.forget(key)
	}
	return err
}

// checkText rejects a text that is too long. The error is a [*lacp.FieldError].
func checkText(text []byte) error {
	if len(text) > mostValue {
		return &lacp.FieldError{Field: "text", Value: strconv.Itoa(len(text)) + " octets", Allowed: "at most " + strconv.Itoa(mostValue)}
	}
	return nil
}

// publicationKey returns the key of what a chassis publishes. The error is a [*lacp.FieldError].
func (s *Store) publicationKey(me chassis.ID, lag string) (string, error) {
	if err := checkName("me", string(me)); err != nil {
		return "", err
	}
	if lag != "" {
		if err := checkName("lag", lag); err != nil {
			return "", err
		}
	}
	return s.keys.publication(me, lag), nil
}

// attempts is how often write looks again at what a key holds.
const attempts = 4

// write makes a key hold what it should. It replaces only the value that it knows, and looks at
// the key again if that has changed. So a write that is carried out late does not replace a later one.
func (s *Store) write(ctx context.Context, key string, p *publication) error {
	for range attempts {
		done, err := s.writeOnce(ctx, key, p)
		if errors.Is(err, rpctypes.ErrLeaseNotFound) {
			s.lease.id = clientv3.NoLease
			s.lease.check() // everything else is lost too
			continue
		}
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("etcd: another program writes %s too", key)
}

func (s *Store) writeOnce(ctx context.Context, key string, p *publication) (done bool, err error) {
	op := clientv3.OpDelete(key)
	if p.text != nil {
		if err := s.grant(ctx); err != nil {
			return false, err
		}
		op = clientv3.OpPut(key, string(p.text), clientv3.WithLease(s.lease.id))
	}
	o, err := s.try(ctx, transaction{
		compare: []clientv3.Cmp{unchanged(key, p.revision)},
		then:    []clientv3.Op{op},
		reads:   []clientv3.Op{clientv3.OpGet(key)},
	})
	if err != nil {
		return false, err
	}
	kv := first(o.gets[0])
	if kv == nil {
		p.revision = 0
		return o.held || p.text == nil, nil
	}
	p.revision = uint64(kv.ModRevision)
	mine := p.text != nil && bytes.Equal(kv.Value, p.text) && clientv3.LeaseID(kv.Lease) == s.lease.id
	return o.held || mine, nil
}

// Published implements [chassis.Directory]. The error is one as from Do. With a [*ValueError] the map has
// what the other chassis publish.
func (s *Store) Published(ctx context.Context, lag string) (map[chassis.ID][]byte, error) {
	if lag != "" {
		if err := checkName("lag", lag); err != nil {
			return nil, err
		}
	}
	prefix := s.keys.publications(lag)
	get := clientv3.OpGet(prefix, clientv3.WithPrefix(), clientv3.WithLimit(mostChassis))
	o, err := s.transact(ctx, transaction{reads: []clientv3.Op{get}})
	if err != nil {
		return nil, err
	}
	texts := make(map[chassis.ID][]byte)
	for _, kv := range o.gets[0].Kvs {
		key := string(kv.Key)
		id, e := chassisOf(key, prefix)
		if e == nil && len(kv.Value) > mostValue {
			e = &ValueError{key, fmt.Sprintf("%d octets, allowed: at most %d", len(kv.Value), mostValue)}
		}
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		texts[id] = kv.Value
	}
	if o.gets[0].More {
		err = errors.Join(err, &ValueError{prefix, fmt.Sprintf("%d chassis, allowed: at most %d", o.gets[0].Count, mostChassis)})
	}
	return texts, err
}

// Keep implements [chassis.Directory]. A name has parts, of at most 64 octets, with a slash between
// them. The error is one as from Do.
func (s *Store) Keep(ctx context.Context, name string, text []byte) ([]byte, error) {
	key, err := s.keys.kept(name)
	if err != nil {
		return nil, err
	}
	if err := checkText(text); err != nil {
		return nil, err
	}
	o, err := s.transact(ctx, transaction{
		compare: []clientv3.Cmp{unchanged(key, 0)},
		then:    []clientv3.Op{clientv3.OpPut(key, string(text))},
		reads:   []clientv3.Op{clientv3.OpGet(key)},
	})
	if err != nil {
		return nil, err
	}
	kv := first(o.gets[0])
	if kv == nil {
		return nil, errAnswer
	}
	if len(kv.Value) > mostValue {
		return nil, &ValueError{key, fmt.Sprintf("%d octets, allowed: at most %d", len(kv.Value), mostValue)}
	}
	return kv.Value, nil
}
