package lab

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

var figuresFile = flag.String("figures", "", "the file that TestFigures writes its table to; by default the standard output")

// roundsEnv says how often TestFigures repeats each failure with chassis, and leaseRoundsEnv how often
// with elections. The defaults are 9 and the former.
const (
	roundsEnv      = "LAGKIT_ROUNDS"
	leaseRoundsEnv = "LAGKIT_LEASE_ROUNDS"
)

// failure is a line of the table of figures.
type failure struct {
	name   string
	o      options // of the bed
	leader bool    // etcd's leader is on the active box
	alone  bool    // only of chassis: an election has no such thing
	after  time.Duration
	breaks func(b *bed, active, other *box)
	limit  time.Duration // of the silence of the median flow, with chassis
	steady bool          // with chassis nothing is lost and the role stays
}

// outage is how long a failure lasts; nothing may be lost meanwhile.
const outage = 10 * time.Second

var failures = []failure{
	{name: "planned change", after: time.Second, limit: plannedLimit, breaks: func(_ *bed, active, other *box) { active.handOver(other) }},
	{name: "planned change, the box asks for the switch's address each 50 ms", o: options{asks: true}, after: 2 * time.Second, limit: askedLimit, breaks: func(_ *bed, active, other *box) { active.handOver(other) }},
	{name: "box dies", after: 4 * time.Second, limit: deathLimit, breaks: func(_ *bed, active, _ *box) { active.die() }},
	{name: "box dies, etcd's leader on it", leader: true, after: 5 * time.Second, limit: leaderLimit, breaks: func(_ *bed, active, _ *box) { active.die() }},
	{name: "process dies, watchdog", after: 4 * time.Second, limit: quickLimit, breaks: func(_ *bed, active, _ *box) { active.kill() }},
	{name: "process dies, watchdog, no proof", o: options{noProof: true}, alone: true, after: 4 * time.Second, limit: endLimit, breaks: func(_ *bed, active, _ *box) { active.kill() }},
	{name: "process dies, no watchdog", o: options{noWatchdog: true}, after: 6 * time.Second, limit: 3300 * time.Millisecond, breaks: func(_ *bed, active, _ *box) { active.kill() }},
	{name: "process dies, watchdog, SLOW", o: options{slow: true}, after: 4 * time.Second, limit: quickLimit, breaks: func(_ *bed, active, _ *box) { active.kill() }},
	{name: "process stopped for 3 s, watchdog with patience of 500 ms", o: options{patience: 500 * time.Millisecond}, after: 2 * time.Second, limit: deathLimit, breaks: func(_ *bed, active, _ *box) { active.pause(3 * time.Second) }},
	{name: "active isolated", after: 4 * time.Second, limit: deathLimit, breaks: func(b *bed, active, _ *box) {
		b.cut(active, etcdBridge)
		b.cut(active, peerBridge)
	}},
	{name: "etcd's leader dies", after: 3 * time.Second, steady: true, limit: steadyLimit, breaks: func(b *bed, _, _ *box) { b.etcd.kill(witnessName) }},
	{name: "etcd cut from the active, 10 s", after: outage, steady: true, limit: steadyLimit, breaks: func(b *bed, active, _ *box) { b.cut(active, etcdBridge) }},
	{name: "boxes cut from each other, 10 s", alone: true, after: outage, steady: true, limit: steadyLimit, breaks: func(b *bed, active, _ *box) { b.cut(active, peerBridge) }},
	{name: "all of etcd dead, 10 s", after: outage, steady: true, limit: steadyLimit, breaks: func(b *bed, _, _ *box) { b.etcd.kill() }},
}

// kinds are what makes a box active in the columns of the table: leases of that many seconds, or chassis.
var kinds = []struct {
	name  string
	lease int
}{{"chassis", 0}, {"lease 1 s", 1}, {"lease 2 s", 2}}

// measured is what the rounds of a failure came to.
type measured struct {
	silences, worst []time.Duration // of the median and of the worst flow of each round
	lost            []int
	overlap         time.Duration // the longest
	closed          int
	moved           int // rounds that ended with another box active
}

// TestFigures measures each failure several times, with chassis and with elections, and prints a
// table. It fails if chassis do not keep what the design promises. It takes about 50 minutes with nine
// rounds, and needs a machine with nothing else to do.
func TestFigures(t *testing.T) {
	needNamed(t)
	rounds := netlab.Number(t, roundsEnv, 9)
	leaseRounds := netlab.Number(t, leaseRoundsEnv, rounds)
	results := make([]map[string]*measured, len(failures))
	for i := range results {
		results[i] = make(map[string]*measured)
	}
	version := ""
	for _, kind := range kinds {
		times := rounds
		if kind.lease > 0 {
			times = leaseRounds
		}
		for _, group := range []options{{}, {asks: true}, {patience: 500 * time.Millisecond}, {noProof: true}, {noWatchdog: true}, {slow: true}} {
			group.lease = kind.lease
			t.Run(fmt.Sprintf("%s, %+v", kind.name, group), func(t *testing.T) {
				var b *bed
				for i := range failures {
					f := &failures[i]
					f.o.lease = kind.lease
					if f.o != group || f.alone && kind.lease > 0 {
						continue
					}
					if b == nil {
						b = newBed(t, group)
						version = b.etcd.version()
					}
					results[i][kind.name] = b.measure(f, times)
				}
			})
		}
	}
	out := io.Writer(os.Stdout)
	if *figuresFile != "" {
		file, err := os.Create(*figuresFile)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		out = file
	}
	fmt.Fprintf(out, "etcd %s, hold time 500 ms, %d flows of %d requests a second, %d rounds, %d with leases\n", version, flowCount, time.Second/flowEvery, rounds, leaseRounds)
	printFigures(out, results)
	checkFigures(t, results)
}

// measure measures a failure.
func (b *bed) measure(f *failure, rounds int) *measured {
	b.t.Helper()
	m := new(measured)
	for range rounds {
		active := b.activeOf(b.boxes)
		other := b.boxes[0]
		if other == active {
			other = b.boxes[1]
		}
		leader := witnessName
		if f.leader {
			leader = string(active.id)
		}
		b.etcd.awaitAll()
		b.etcd.lead(leader)
		b.awaitReady(active)
		v := b.run(f.after, func() { f.breaks(b, active, other) })
		b.t.Logf("%s: %v", f.name, v)
		m.note(v)
		b.mend()
		now := b.activeOf(b.boxes)
		if now != active {
			m.moved++
		}
		b.awaitReady(now)
	}
	return m
}

// mend mends what a failure has broken.
func (b *bed) mend() {
	b.t.Helper()
	b.etcd.revive()
	for _, one := range b.boxes {
		if one.cfg.Patience > 0 && !one.life().Ended() && one.status().Left == 0 {
			one.stop() // its watchdog may have ended
		}
		one.revive()
	}
	b.etcd.awaitQuorum()
}

func (m *measured) note(v *verdict) {
	m.silences, m.worst = append(m.silences, v.median()), append(m.worst, v.worst())
	m.lost = append(m.lost, v.lost)
	m.overlap = max(m.overlap, v.overlap)
	m.closed += v.closed
}

// middle returns the median of some values.
func middle[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// String returns the cell of the table.
func (m *measured) String() string {
	if m == nil {
		return "-"
	}
	s := fmt.Sprintf("%d (%d to %d), %d", middle(m.silences).Milliseconds(), slices.Min(m.silences).Milliseconds(), slices.Max(m.silences).Milliseconds(), middle(m.lost))
	if m.overlap > 0 {
		s += fmt.Sprintf(", both open %d", m.overlap.Milliseconds())
	}
	if m.closed > 0 {
		s += fmt.Sprintf(", %d answers when closed", m.closed)
	}
	return s
}

// printFigures prints the table.
func printFigures(out io.Writer, results []map[string]*measured) {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprint(w, "| longest silence of the median flow, ms: median (least to most) of the rounds, and requests lost, median\t")
	for _, kind := range kinds {
		fmt.Fprintf(w, "| %s\t", kind.name)
	}
	fmt.Fprintf(w, "|\n%s|\n", strings.Repeat("|---\t", len(kinds)+1))
	for i := range failures {
		fmt.Fprintf(w, "| %s\t", failures[i].name)
		for _, kind := range kinds {
			fmt.Fprintf(w, "| %v\t", results[i][kind.name])
		}
		fmt.Fprint(w, "|\n")
	}
	_ = w.Flush() // an error means that there is no reader
}

// checkFigures fails the test where chassis do not keep what the design promises.
func checkFigures(t *testing.T, results []map[string]*measured) {
	t.Helper()
	for i := range failures {
		f, m := &failures[i], results[i][kinds[0].name]
		switch {
		case m == nil: // not chosen by -run
			continue
		case m.overlap > 0 || m.closed > 0:
			t.Errorf("%s: %v; want one open box at most", f.name, m)
		case f.steady && (m.moved > 0 || middle(m.lost) > 0):
			t.Errorf("%s: %v, %d changes of the active box; want nothing lost and no change", f.name, m, m.moved)
		}
		if got := middle(m.silences); got > f.limit {
			t.Errorf("%s: silence %v, want at most %v", f.name, milli(got), f.limit)
		}
	}
}
