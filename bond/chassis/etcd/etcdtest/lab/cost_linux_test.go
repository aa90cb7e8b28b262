package lab

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/race"
)

// The most that a box with the usual hold time may cost while nothing happens: parts of a processor,
// and memory of its own in octets. Most of the processor time is that of waking up: for a read of etcd
// a second, 5 heartbeats and their grants, 5 looks at the links, and LACP. A busy machine needs more time
// for the same work.
const (
	mostProcessor = 0.02
	mostMemory    = 30 << 20
)

// tick is the unit of the times of processes.
const tick = 10 * time.Millisecond

// usage returns the processor time that a process has used.
func (l *life) usage(t testing.TB) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", l.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may have spaces
	words := strings.Fields(rest)
	sum := 0
	for _, w := range words[11:13] { // user and system time
		n, err := strconv.Atoi(w)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return time.Duration(sum) * tick
}

// memory returns the octets of memory of a process that no other one shares, and all of its octets.
func (l *life) memory(t testing.TB) (own, all int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		n, _ := strconv.Atoi(words[1])
		switch words[0] {
		case "RssAnon:":
			own = n << 10
		case "VmRSS:":
			all = n << 10
		}
	}
	return own, all
}

// What an active and a standby box cost while nothing happens, as chassis and as candidates of an
// election, which need the same bond and the same client of etcd but no heartbeats.
func TestCost(t *testing.T) {
	needLongAlone(t)
	for _, c := range []struct {
		name string
		o    options
	}{{"chassis", options{hold: time.Second}}, {"election", options{lease: 2}}} {
		t.Run(c.name, func(t *testing.T) { newBed(t, c.o).cost(t) })
	}
}

// cost measures the cost of each box.
func (b *bed) cost(t *testing.T) {
	const period = 10 * time.Second
	var used []time.Duration
	for _, one := range b.boxes {
		used = append(used, one.life().usage(t))
	}
	<-time.After(period)
	for i, one := range b.boxes {
		part := float64(one.life().usage(t)-used[i]) / float64(period)
		own, all := one.life().memory(t)
		t.Logf("%s: %.2f %% of a processor, memory %.1f MB of its own, %.1f MB with the program's file", one.id, 100*part, float64(own)/1e6, float64(all)/1e6)
		if race.Enabled {
			continue
		}
		if part > mostProcessor || own > mostMemory {
			t.Errorf("%s: %.2f %% of a processor and %d octets, want at most %.2f %% and %d", one.id, 100*part, own, 100*mostProcessor, mostMemory)
		}
	}
}
