package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// TestStall checks that a stalled System sends nothing and changes nothing, and that it
// then handles the waiting frames before its timers.
func TestStall(t *testing.T) {
	n, l := pair(t, lacp.PortConfig{ShortTimeout: true}, Impairment{Delay: time.Millisecond})
	advance(t, n, 10*time.Second)
	a := l.ends[0]
	before := a.Status().Counters
	a.Node.Stall(20 * time.Second)
	advance(t, n, 4*time.Second)
	if usable(l.ends[1]) {
		t.Error("the partner has not noticed")
	}
	advance(t, n, 15*time.Second)
	if got := a.Status().Counters; got != before {
		t.Errorf("counters while stalled: got %+v, want %+v as before", got, before)
	}
	advance(t, n, time.Second+10*time.Millisecond)
	if got := a.Status(); got.Counters.LACPDUsRx == before.LACPDUsRx || got.Counters.Expired != before.Expired {
		t.Errorf("after the stall: %d LACPDUs received, EXPIRED %d times more", got.Counters.LACPDUsRx-before.LACPDUsRx, got.Counters.Expired-before.Expired)
	}
	advance(t, n, 5*time.Second)
	if !usable(a) || !usable(l.ends[1]) {
		t.Error("the link is not used again")
	}
}

func TestCorruptFramesAreFaults(t *testing.T) {
	n, l := pair(t, lacp.PortConfig{ShortTimeout: true}, Impairment{Delay: time.Millisecond})
	l.Direction[0].Corrupt = 1
	advance(t, n, 100*time.Second)
	st := l.ends[1].Status()
	if good := st.Counters.LACPDUsRx; st.Counters.IllegalRx+st.Counters.UnknownRx == 0 || good == 0 {
		t.Errorf("counters %+v", st.Counters)
	}
}

func TestSettleFindsWhatDoesNotComeUp(t *testing.T) {
	n, l := pair(t, lacp.PortConfig{}, Impairment{})
	if err := n.settle(); err != nil {
		t.Errorf("%v", err)
	}
	st := l.ends[0].Config
	st.Disabled = true
	if err := l.ends[0].SetPort(st); err != nil {
		t.Fatal(err)
	}
	if err := n.settle(); err != nil {
		t.Errorf("LACP disabled at one end: got %v, want no fault", err)
	}
	l.ends[0].Config.Disabled = false // so that settle wrongly expects LACP
	if err := n.settle(); err == nil || !strings.Contains(err.Error(), "has not come up") {
		t.Errorf("%v", err)
	}
}

// TestShrink checks that Shrink removes the lines that a script fails without, and that
// the rest still fails the same way.
func TestShrink(t *testing.T) {
	bad := func(n *Network) {
		n.Check = func(node *Node) error {
			if len(node.Ports) > 0 && node.Ports[0].Config.Priority == 5 {
				return &violation{"priority 5"}
			}
			return nil
		}
	}
	lines := strings.Split(`seed 1
system a 8000 02:00:00:00:00:0a
system b 8000 02:00:00:00:00:0b
port a.1 key 1
port b.1 key 2
link a.1 b.1 delay 10ms
link-up a.1
advance 5s
cut a.1
set a.1 priority 5
advance 10s
settle a`, "\n")
	got, err := Shrink(lines, bad)
	want := []string{"system a 8000 02:00:00:00:00:0a", "port a.1 key 1", "set a.1 priority 5"}
	if err == nil || err.Error() != "priority 5" || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%v:\n%s", err, strings.Join(got, "\n"))
	}
	if got, err := Shrink(lines, nil); err != nil || len(got) != len(lines) {
		t.Errorf("a script that does not fail: got %v, %d lines", err, len(got))
	}
}

// TestSwarmScriptRuns checks that RunScript runs the scripts that a swarm draws.
func TestSwarmScriptRuns(t *testing.T) {
	for seed := range uint64(20) {
		out, err := RunScript(strings.Join(SwarmScript(seed), "\n"))
		if err != nil || !strings.Contains(out, "settle a") {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
