package etcd

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
)

// fake is how a member answers a request: after a time, and perhaps with an error.
type fake struct {
	after time.Duration
	err   error
}

// fakes returns members without clients, and the request that they answer with their endpoint.
func fakes(answers map[string]fake, endpoints ...string) ([]*member, func(context.Context, *member) (string, error)) {
	var members []*member
	for _, e := range endpoints {
		members = append(members, &member{endpoint: e, token: newToken("", ""), logger: slog.New(slog.DiscardHandler)})
	}
	return members, func(ctx context.Context, m *member) (string, error) {
		f := answers[m.endpoint]
		select {
		case <-time.After(f.after):
			return m.endpoint, f.err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func TestAskTakesTheFirstAnswer(t *testing.T) {
	bad := errors.New("refused")
	const never = time.Hour
	for _, tt := range []struct {
		name    string
		a, b, c fake
		want    string
		took    time.Duration
	}{
		{"the first answers", fake{after: 59 * time.Millisecond}, fake{}, fake{}, "a", 59 * time.Millisecond},
		{"the first is slow", fake{after: 100 * time.Millisecond}, fake{after: 5 * time.Millisecond}, fake{}, "b", 65 * time.Millisecond},
		{"the first is slow, but faster than the second", fake{after: 70 * time.Millisecond}, fake{after: 50 * time.Millisecond}, fake{}, "a", 70 * time.Millisecond},
		{"the first hangs", fake{after: never}, fake{after: time.Millisecond}, fake{}, "b", 61 * time.Millisecond},
		{"two hang", fake{after: never}, fake{after: never}, fake{after: time.Millisecond}, "c", 121 * time.Millisecond},
		{"the first refuses", fake{after: time.Millisecond, err: bad}, fake{after: time.Millisecond}, fake{}, "b", 2 * time.Millisecond},
		{"two refuse", fake{err: bad}, fake{after: time.Millisecond, err: bad}, fake{after: time.Millisecond}, "c", 2 * time.Millisecond},
		{"one refuses and one hangs", fake{err: bad}, fake{after: never}, fake{after: time.Millisecond}, "c", 61 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				members, request := fakes(map[string]fake{"a": tt.a, "b": tt.b, "c": tt.c}, "a", "b", "c")
				began := time.Now()
				got, err := ask(t.Context(), members, newSpare(), request)
				if took := time.Since(began); got != tt.want || err != nil || took != tt.took {
					t.Errorf("got %q, %v after %v, want %q after %v", got, err, took, tt.want, tt.took)
				}
			})
		})
	}
}

// If all members are late, the requests that are sent more than once are few: 6, and then 2 a second.
func TestAskIsSparing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := fake{after: 2 * time.Second}
		members, request := fakes(map[string]fake{"a": slow, "b": slow, "c": slow}, "a", "b", "c")
		more, began := newSpare(), time.Now()
		for range 10 { // 10 at a time
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					if _, err := ask(t.Context(), members, more, request); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		twice := -100
		for _, m := range members {
			twice += int(m.requests)
		}
		if most := 6 + 2*int(time.Since(began).Seconds()); twice < 6 || twice > most {
			t.Errorf("%d of 100 requests were sent again within %v, want 6 to %d", twice, time.Since(began), most)
		}
		synctest.Wait()
	})
}

func TestAskFails(t *testing.T) {
	bad := errors.New("refused")
	const never = time.Hour
	for _, tt := range []struct {
		name string
		a, b fake
		err  error
		text string
		took time.Duration
	}{
		{"all refuse", fake{err: bad}, fake{after: time.Millisecond, err: bad}, bad, "b: refused", time.Millisecond},
		{"all hang", fake{after: never}, fake{after: never}, context.DeadlineExceeded, "no answer", patience},
		{"one refuses and one hangs", fake{err: bad}, fake{after: never}, bad, "a: refused", patience},
		{"the cluster refuses", fake{after: time.Millisecond, err: rpctypes.ErrLeaseNotFound}, fake{}, rpctypes.ErrLeaseNotFound, "lease", time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				members, request := fakes(map[string]fake{"a": tt.a, "b": tt.b}, "a", "b")
				began := time.Now()
				_, err := ask(t.Context(), members, newSpare(), request)
				if took := time.Since(began); !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.text) || took != tt.took {
					t.Errorf("error %v after %v, want %v with %q after %v", err, took, tt.err, tt.text, tt.took)
				}
			})
		})
	}
}

// A context that ends is no fault of the members.
func TestAskEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		members, request := fakes(map[string]fake{"a": {after: time.Hour}, "b": {after: time.Hour}}, "a", "b")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := ask(ctx, members, newSpare(), request); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want %v", err, context.Canceled)
		}
		synctest.Wait()
		for _, m := range members {
			if m.failures != 0 || !m.answers() {
				t.Errorf("%s has %d failures, answers %v, want none and true", m.endpoint, m.failures, m.answers())
			}
		}
	})
}

// Members that are about as fast share the load of many stores.
func TestEqualMembersShareTheLoad(t *testing.T) {
	first := make(map[string]int)
	for range 300 {
		var members []*member
		for i, e := range []string{"https://192.0.2.1:2379", "https://192.0.2.2:2379", "https://192.0.2.3:2379"} {
			m, err := newMember(e, &Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer m.client.Close()
			m.err, m.latency, m.local = nil, time.Duration(1+i)*time.Millisecond, false
			members = append(members, m)
		}
		first[ranked(members)[0].endpoint]++
	}
	for e, n := range first {
		if n < 50 || len(first) != 3 {
			t.Errorf("%s is the first of %d of 300 stores, want about 100: %v", e, n, first)
		}
	}
}

// The member that is asked first is the one on this box, then those that answer fast. One that does not
// answer is last.
func TestMembersAreRanked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		order := func(members []*member) (s string) {
			for _, m := range ranked(members) {
				s += m.endpoint
			}
			return s
		}
		answers := map[string]fake{"a": {after: 10 * time.Millisecond}, "b": {after: 5 * time.Millisecond}, "c": {after: 20 * time.Millisecond}}
		members, request := fakes(answers, "a", "b", "c")
		each := func() {
			for _, m := range members {
				_ = m.call(t.Context(), func(ctx context.Context) error {
					_, err := request(ctx, m)
					return err
				})
			}
		}
		each()
		if got := order(members); got != "bac" {
			t.Errorf("by latency: %s, want bac", got)
		}
		members[2].local = true
		if got := order(members); got != "cba" {
			t.Errorf("with c on this box: %s, want cba", got)
		}
		answers["c"] = fake{after: time.Hour}
		if got, err := ask(t.Context(), ranked(members), newSpare(), request); got != "b" || err != nil {
			t.Fatalf("while c hangs %q answers, %v, want b", got, err)
		}
		synctest.Wait()
		if got := order(members); got != "bac" {
			t.Errorf("after c was slow: %s, want bac", got)
		}
		answers["b"] = fake{err: errors.New("refused")}
		answers["c"] = fake{after: time.Millisecond}
		each()
		if got := order(members); got != "cab" {
			t.Errorf("after b has refused: %s, want cab", got)
		}
	})
}
