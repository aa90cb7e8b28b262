package bond_test

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
)

// explained is a frame of a UDP flow from port 1000 + n.
func explained(n byte) []byte {
	frame := []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" +
		"\x45\x00\x00\x1c\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
		"\x03\xe8\x00\x35\x00\x08\x00\x00")
	frame[35] += n
	return frame
}

// TestExplainNamesTheMemberThatSends sends each frame that it has explained.
func TestExplainNamesTheMemberThatSends(t *testing.T) {
	for _, c := range []bond.Config{
		{Hash: hash.Layer34}, {Hash: hash.Flow, Resilient: true}, {Hash: hash.Layer34, Weights: map[string]uint16{"a1": 3}},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, 3, c, bond.Config{})
			defer p.close(t)
			p.waitReady(t, 5*time.Second)
			synctest.Wait()
			used := make(map[string]int)
			for n := range byte(32) {
				e, err := p.a.Explain(explained(n))
				if err != nil || len(e.Members) != 1 || e.Spread != plane.SpreadFlows || e.Trace == nil || !slices.Equal(e.Order, []string{"a0", "a1", "a2"}) {
					t.Fatalf("Explain() = %+v, %v, want one member of the three, and the trace", e, err)
				}
				if want := len(c.Weights) > 0; (e.Buckets > 0) != want || (e.Trace.Bucket >= 0) != want {
					t.Errorf("%d buckets, the frame's is %d, want some only with weights", e.Buckets, e.Trace.Bucket)
				}
				before := sentBy(p.a)
				if err := p.a.Send(explained(n)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				after := sentBy(p.a)
				for name := range after {
					if sent := after[name] > before[name]; sent != (name == e.Members[0]) {
						t.Errorf("frame %d: member %s sent it: %v, but Explain named %v", n, name, sent, e.Members)
					}
				}
				used[e.Members[0]]++
			}
			if len(used) < 2 {
				t.Errorf("32 flows use %v, want more than one member", used)
			}
		})
	}
}

// sentBy returns how many frames each member has sent.
func sentBy(b *bond.Bond) map[string]uint64 {
	sent := make(map[string]uint64)
	for _, m := range b.Status().Members {
		sent[m.Name] = m.Counters.TxFrames
	}
	return sent
}

func TestExplainWithoutFlows(t *testing.T) {
	for mode, want := range map[bond.Mode]struct {
		spread  plane.Spread
		members string
	}{
		bond.ModeRoundRobin: {plane.SpreadInTurn, "a0 a1"},
		bond.ModeBroadcast:  {plane.SpreadCopies, "a0 a1"},
		bond.ModeRandom:     {plane.SpreadAtRandom, "a0 a1"},
		bond.ModeFailover:   {plane.SpreadFlows, "a0"},
		bond.ModeNone:       {plane.SpreadFlows, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, 2, bond.Config{Mode: mode}, bond.Config{Mode: mode})
			defer p.close(t)
			time.Sleep(5 * time.Second)
			e, err := p.a.Explain(explained(0))
			if got := strings.Join(e.Members, " "); err != nil || e.Spread != want.spread || got != want.members || e.Trace != nil {
				t.Errorf("%v: Explain() = %+v, %v, want spread %v, members %q and no hash", mode, e, err, want.spread, want.members)
			}
		})
	}
}

func TestExplainRefusesWhatIsNoData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, bond.Config{}, bond.Config{})
		slow := explained(0)
		slow[12], slow[13] = 0x88, 0x09
		for _, frame := range [][]byte{nil, explained(0)[:13], slow} {
			var ce *bond.ConfigError
			if _, err := p.a.Explain(frame); !errors.As(err, &ce) || ce.Field != "frame" {
				t.Errorf("Explain(%x) = %v, want a ConfigError of the frame", frame, err)
			}
		}
		p.close(t)
		if _, err := p.a.Explain(explained(0)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: Explain() = %v, want %v", err, net.ErrClosed)
		}
	})
}

// TestStatusCountsLinkFailures: a link that is down for less than the down delay has not failed.
func TestStatusCountsLinkFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := newPair(t, 2, bond.Config{DownDelay: time.Second}, bond.Config{})
		defer p.close(t)
		p.waitReady(t, 5*time.Second)
		for _, down := range []time.Duration{500 * time.Millisecond, 2 * time.Second, 3 * time.Second} {
			p.cables[0].SetUp(false)
			time.Sleep(down)
			p.cables[0].SetUp(true)
			time.Sleep(5 * time.Second)
		}
		m := p.a.Status().Members
		if m[0].Counters.LinkFailures != 2 || m[1].Counters.LinkFailures != 0 {
			t.Errorf("link failures %d and %d, want 2 and 0", m[0].Counters.LinkFailures, m[1].Counters.LinkFailures)
		}
		if !m[0].Added.Equal(start) {
			t.Errorf("member since %v, want %v", m[0].Added, start)
		}
	})
}
