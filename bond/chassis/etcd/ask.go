package etcd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
)

const (
	// askNext is how long a member may take until the next one is asked too.
	askNext = 60 * time.Millisecond

	// patience is how long a request takes at most.
	patience = 3 * time.Second
)

// ask sends a request to the members and returns the first answer. It starts with the first
// one. It asks the next if that takes too long and more allows it, or at once after an error. So the request may be carried out
// more than once. If it is not answered, the error has those of all members that were asked.
func ask[T any](ctx context.Context, members []*member, more *spare, request func(context.Context, *member) (T, error)) (answer T, err error) {
	ctx, timeout := context.WithTimeout(ctx, patience)
	defer timeout()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(errAnswered)
	type result struct {
		answer T
		err    error
	}
	results := make(chan result, len(members))
	next := time.NewTimer(0)
	defer next.Stop()
	var errs []error
	late := false
	for sent := 0; ; {
		select {
		case <-next.C:
			if sent == len(members) {
				continue
			}
			if late {
				if wait := more.take(); wait > 0 {
					next.Reset(wait)
					continue
				}
			}
			m := members[sent]
			sent++
			m.asked()
			go func() {
				var r result
				r.err = m.call(ctx, func(ctx context.Context) (err error) {
					r.answer, err = request(ctx, m)
					return err
				})
				results <- r
			}()
			late = true
			next.Reset(askNext)
		case r := <-results:
			if r.err == nil || final(r.err) {
				return r.answer, r.err
			}
			if errs = append(errs, r.err); len(errs) == len(members) {
				return answer, fmt.Errorf("etcd: %w", errors.Join(errs...))
			}
			late = false
			next.Reset(0)
		case <-ctx.Done():
			return answer, fmt.Errorf("etcd: no answer: %w", errors.Join(append(errs, context.Cause(ctx))...))
		}
	}
}

// final reports whether an error is the answer of the cluster, which other members would repeat.
func final(err error) bool { return errors.Is(err, rpctypes.ErrLeaseNotFound) }

// ranked returns the members in the order to ask them. Local ones that are equal keep theirs.
func ranked(members []*member) []*member {
	type place struct {
		rank int
		turn uint32
		*member
	}
	places := make([]place, len(members))
	for i, m := range members {
		places[i] = place{m.rank(), m.turn, m}
		if m.local {
			places[i].turn = 0
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.turn, b.turn)) })
	sorted := make([]*member, len(members))
	for i, p := range places {
		sorted[i] = p.member
	}
	return sorted
}
