package etcdtest

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
)

// recorder records a history.
type recorder struct {
	began time.Time

	mu      sync.Mutex
	history []porcupine.Operation
	done    int // operations that were answered
	perhaps int // operations that may have been carried out, at an unknown time
}

// answered returns how many operations were answered.
func (r *recorder) answered() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

// uncertain reports whether a longer history would take too long to check. Each operation that may
// have been carried out, at any time, multiplies the orders to try. On a busy machine answers come so
// late that most operations are sent twice.
func (r *recorder) uncertain() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.perhaps > 150
}

// chassisClient is a chassis that does what comes to its mind: it follows no rules, but knows
// revisions by what it was answered, which may be old.
type chassisClient struct {
	*recorder
	number int
	store  *etcd.Store
	random *rand.Rand
	known  chassis.View
}

// step carries out an operation and records it.
func (c *chassisClient) step(ctx context.Context) {
	op := chassis.Op{
		Kind: chassis.OpKind(c.random.IntN(int(chassis.OpRelease) + 1)), Chassis: chassis.ID(rune('A' + c.number)),
		Epoch: c.known.Epoch, IntentRev: c.known.IntentRev,
	}
	if op.Kind == chassis.OpRelease {
		op.To = chassis.ID(rune('A' + c.random.IntN(4)))
	}
	if op.Kind >= chassis.OpClaim {
		op.Members = c.random.Uint64()
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	before := sent(c.store)
	call := time.Since(c.began)
	v, held, err := c.store.Do(ctx, lag, op)
	ret := time.Since(c.began)
	if err == nil {
		c.known = v
	}
	c.record(op, call, ret, answer{v, held}, err, int(sent(c.store)-before))
}

// record adds an operation that was sent some times to the history.
func (c *chassisClient) record(op chassis.Op, call, ret time.Duration, out answer, err error, sent int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.done++
		c.history = append(c.history, porcupine.Operation{ClientId: c.number, Input: input{op: op}, Output: out, Call: int64(call), Return: int64(ret)})
		sent--
	}
	if op.Kind == chassis.OpRead {
		return
	}
	for range sent {
		c.perhaps++
		c.history = append(c.history, porcupine.Operation{ClientId: c.number, Input: input{op: op, perhaps: true}, Call: int64(call)})
	}
}

// disturb kills, stops and restarts members one at a time, so that there is a quorum at most times,
// and returns when that is over.
func (c *cluster) disturb(random *rand.Rand, rounds int, r *recorder) {
	c.t.Helper()
	for round := range rounds {
		if r.uncertain() {
			c.t.Logf("ends after %d of %d rounds", round, rounds)
			return
		}
		s := c.servers[random.IntN(len(c.servers))]
		stop := random.IntN(2) == 0
		if stop {
			s.stop()
		} else {
			s.kill()
		}
		before := r.answered()
		await(c.t, "operations are answered while a member is missing", func() bool { return r.answered() > before+100 })
		if stop {
			s.proceed()
		} else {
			s.start()
		}
		before = r.answered()
		await(c.t, "operations are answered with all members", func() bool { return r.answered() > before+100 })
	}
}

// Several chassis at once read, intend, veto, claim and release, while members die and hang. The
// history is linearizable.
func TestHistoryIsLinearizable(t *testing.T) {
	t.Parallel()
	rounds := 3
	if os.Getenv("LAGKIT_LAB") != "" {
		rounds = 12 // half a minute
	}
	testHistory(t, start(t, setup{members: 3}), rounds)
}

// The same over a distribution's etcd.
func TestHistoryOverAnotherEtcd(t *testing.T) {
	inLab(t, "half a minute")
	t.Parallel()
	testHistory(t, start(t, setup{members: 3, program: distribution(t)}), 12)
}

// testHistory records a history while members are disturbed for some rounds, and checks it.
func testHistory(t *testing.T, c *cluster, rounds int) {
	t.Helper()
	begin, _ := do(t, c.open(), chassis.Op{})
	seed := rand.Uint64()
	r := &recorder{began: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var clients sync.WaitGroup
	for i := range 4 {
		endpoints := c.endpoints()
		endpoints = append(endpoints[i%3:], endpoints[:i%3]...)
		client := &chassisClient{recorder: r, number: i, store: c.open(endpoints...), random: rand.New(rand.NewPCG(seed, uint64(i))), known: begin}
		clients.Go(func() {
			for ctx.Err() == nil {
				client.step(context.WithoutCancel(ctx))
				select {
				case <-time.After(time.Duration(client.random.IntN(8)) * time.Millisecond):
				case <-ctx.Done():
				}
			}
		})
	}
	c.disturb(rand.New(rand.NewPCG(seed, 99)), rounds, r)
	cancel()
	clients.Wait()
	changes := 0
	for _, o := range r.history {
		if in := o.Input.(input); !in.perhaps && o.Output.(answer).held && in.op.Kind != chassis.OpRead {
			changes++
		}
	}
	began := time.Now()
	if got := check(begin, r.history); got != porcupine.Ok {
		t.Errorf("seed %d: the history of %d operations is %v, want %v", seed, len(r.history), got, porcupine.Ok)
	}
	t.Logf("%d operations, of them %d changes and %d perhaps, checked in %v", len(r.history), changes, r.perhaps, time.Since(began).Round(time.Millisecond))
	if changes < 10 {
		t.Errorf("%d changes, want at least 10: the history proves nothing", changes)
	}
	if got := check(begin, spoiled(r.history)); got != porcupine.Illegal {
		t.Errorf("seed %d: the history with an old answer in place of a new one is %v, want %v", seed, got, porcupine.Illegal)
	}
}

// spoiled returns a history whose last read returns the first view again, as a store would
// whose member is behind.
func spoiled(history []porcupine.Operation) []porcupine.Operation {
	var old answer
	for _, o := range history {
		if !o.Input.(input).perhaps {
			old = answer{o.Output.(answer).view, true}
			break
		}
	}
	spoiled := slices.Clone(history)
	for i := range slices.Backward(spoiled) {
		if in := spoiled[i].Input.(input); !in.perhaps && in.op.Kind == chassis.OpRead {
			spoiled[i].Output = old
			return spoiled
		}
	}
	return nil
}
