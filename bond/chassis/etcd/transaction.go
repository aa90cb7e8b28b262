package etcd

import (
	"context"
	"errors"
	"slices"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/lagkit/lagkit/bond/chassis"
)

// transaction is a transaction of etcd: if all comparisons hold, what then has is carried out, or else
// only the reads.
type transaction struct {
	compare []clientv3.Cmp
	then    []clientv3.Op
	reads   []clientv3.Op // after it, in both cases
}

// outcome is what a transaction came to.
type outcome struct {
	held     bool
	revision uint64
	gets     []*etcdserverpb.RangeResponse // the answers to the reads
}

var errAnswer = errors.New("the answer does not fit the transaction")

// transact carries out a transaction, perhaps more than once.
func (s *Store) transact(ctx context.Context, t transaction) (outcome, error) {
	ctx, leave, err := s.enter(ctx)
	if err != nil {
		return outcome{}, err
	}
	defer leave()
	return s.try(ctx, t)
}

// try is transact for a request that has begun.
func (s *Store) try(ctx context.Context, t transaction) (outcome, error) {
	then := slices.Concat(t.then, t.reads)
	r, err := ask(ctx, s.order(), s.more, func(ctx context.Context, m *member) (*clientv3.TxnResponse, error) {
		txn := m.client.Txn(ctx).If(t.compare...).Then(then...)
		if len(t.compare) > 0 {
			txn = txn.Else(t.reads...)
		}
		r, err := txn.Commit()
		if err == nil {
			err = s.admit(m, r.Header.GetClusterId())
		}
		return r, err
	})
	if err != nil {
		return outcome{}, err
	}
	return newOutcome(r, len(t.reads))
}

// newOutcome returns what a transaction with a number of reads came to.
func newOutcome(r *clientv3.TxnResponse, reads int) (outcome, error) {
	o := outcome{held: r.Succeeded, revision: uint64(r.Header.GetRevision())}
	if len(r.Responses) < reads {
		return o, errAnswer
	}
	for _, answer := range r.Responses[len(r.Responses)-reads:] {
		get := answer.GetResponseRange()
		if get == nil {
			return o, errAnswer
		}
		o.gets = append(o.gets, get)
	}
	return o, nil
}

// unchanged holds if a key has not been written since a revision. 0 means that it does not exist.
func unchanged(key string, revision uint64) clientv3.Cmp {
	return clientv3.Compare(clientv3.ModRevision(key), "=", int64(revision))
}

// change returns the transaction for an Op that changes a LAG.
func (s *Store) change(lag string, op *chassis.Op) transaction {
	active, intent := s.keys.active(lag), s.keys.intent(lag)
	t := transaction{reads: s.reads(lag)}
	switch op.Kind {
	case chassis.OpIntent:
		t.compare = []clientv3.Cmp{unchanged(active, op.Epoch), unchanged(intent, 0)}
		t.then = []clientv3.Op{clientv3.OpPut(intent, (&record{chassis: op.Chassis}).String())}
	case chassis.OpVeto:
		t.compare = []clientv3.Cmp{unchanged(intent, op.IntentRev)}
		t.then = []clientv3.Op{clientv3.OpDelete(intent)}
	case chassis.OpClaim:
		t.compare = []clientv3.Cmp{unchanged(active, op.Epoch), unchanged(intent, op.IntentRev)}
		t.then = []clientv3.Op{clientv3.OpPut(active, s.recordOf(lag, op.Chassis, op)), clientv3.OpDelete(intent)}
	case chassis.OpRelease:
		t.compare = []clientv3.Cmp{unchanged(active, op.Epoch)}
		t.then = []clientv3.Op{clientv3.OpPut(active, s.recordOf(lag, op.To, op))}
	}
	return t
}

// recordOf returns the value of the key active that an Op writes. It keeps the unknown fields of the
// value that it replaces.
func (s *Store) recordOf(lag string, id chassis.ID, op *chassis.Op) string {
	r := record{chassis: id, members: op.Members}
	if op.Kind == chassis.OpClaim {
		r.boot = op.Boot
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.unknown[lag]; u.epoch == op.Epoch {
		r.unknown = u.fields
	}
	return r.String()
}

// reads returns the reads of a LAG, which view needs.
func (s *Store) reads(lag string) []clientv3.Op {
	return []clientv3.Op{clientv3.OpGet(s.keys.active(lag)), clientv3.OpGet(s.keys.intent(lag))}
}

// view returns the view of a LAG by the answers to its reads.
func (s *Store) view(lag string, o outcome, gets []*etcdserverpb.RangeResponse) (chassis.View, error) {
	v := chassis.View{Revision: o.revision}
	if kv := first(gets[0]); kv != nil {
		r, err := parseRecord(s.keys.active(lag), kv.Value)
		if err != nil {
			return chassis.View{}, err
		}
		v.Active, v.Holder, v.Members, v.Epoch = r.chassis, r.boot, r.members, uint64(kv.ModRevision)
		s.remember(lag, unknown{v.Epoch, r.unknown})
	}
	if kv := first(gets[1]); kv != nil {
		key := s.keys.intent(lag)
		r, err := parseRecord(key, kv.Value)
		if err == nil && r.chassis == "" {
			err = &ValueError{key, "without a chassis"}
		}
		if err != nil {
			return chassis.View{}, err
		}
		v.Intent, v.IntentRev = r.chassis, uint64(kv.ModRevision)
	}
	return v, nil
}

// remember keeps the unknown fields of the value of a LAG.
func (s *Store) remember(lag string, u unknown) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch old := s.unknown[lag]; {
	case u.epoch < old.epoch: // a late answer
	case len(u.fields) == 0:
		delete(s.unknown, lag)
	default:
		s.unknown[lag] = u
	}
}

// first returns what a read of one key has found; nil: nothing.
func first(r *etcdserverpb.RangeResponse) *mvccpb.KeyValue {
	if len(r.Kvs) == 0 {
		return nil
	}
	return r.Kvs[0]
}
