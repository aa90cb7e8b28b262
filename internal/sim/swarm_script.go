package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// drawing makes a script from a seed: two Systems, the links between them, a phase of
// faults, and a test that all links are used as configured. Then faults and test repeat.
type drawing struct {
	r     *rand.Rand
	lines []string
	links int
	peer  []int         // the port of b connected to port i of a, from 0
	ports [2][]string   // the settings of each port
	plan  []timed       // faults of the current phase
	end   time.Duration // end of the current phase
}

// timed is a command and its time in the phase.
type timed struct {
	at      time.Duration
	command string
}

// SwarmScript returns the lines of the script that [Swarm] runs for a seed. [RunScript] can
// run it, too.
func SwarmScript(seed uint64) []string {
	d := &drawing{r: rand.New(rand.NewPCG(seed, 1))}
	d.add("seed %d", seed)
	d.systems()
	for range 2 {
		d.faults()
		d.add("settle a")
	}
	return d.lines
}

func (d *drawing) add(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *drawing) chance(p float64) bool { return d.r.Float64() < p }

// between draws a time, in whole microseconds.
func (d *drawing) between(from, to time.Duration) time.Duration {
	return (from + time.Duration(d.r.Int64N(int64(to-from)))).Truncate(time.Microsecond)
}

func pick[T any](d *drawing, of ...T) T { return of[d.r.IntN(len(of))] }

// systems draws the two Systems. Most ports of a System are alike. The two addresses
// differ in many bits, so that flipped bits do not turn one into the other.
func (d *drawing) systems() {
	d.links = 1 + d.r.IntN(4)
	if d.chance(0.05) {
		d.links = 8
	}
	for side, name := range []string{"a", "b"} {
		words := []string{fmt.Sprintf("system %s %04x %s", name, 0x8000+d.r.IntN(3), []string{"02:00:00:00:00:0a", "02:ff:5a:a5:00:b0"}[side])}
		for _, option := range []struct {
			word string
			p    float64
		}{{"require-partner", 0.5}, {"heed-expired", 0.3}, {"lead-partner", 0.3}, {"repeat-first", 0.3}, {"wait " + pick(d, "-1s", "500ms", "1s"), 0.2},
			{"withdraw", 0.3}, {"non-revertive", 0.2}, {"max-links " + pick(d, "1", "2", "3"), 0.2},
			{"restore " + pick(d, "500ms", "2s"), 0.1}, {"stall 1s", 0.2}, {"dampen 1s", 0.1}} {
			if d.chance(option.p) {
				words = append(words, option.word)
			}
		}
		if d.chance(0.2) {
			words = append(words, "min-links "+pick(d, "1", "2"))
			if words[len(words)-1] == "min-links 2" {
				words = slices.DeleteFunc(words, func(w string) bool { return w == "max-links 1" })
			}
		}
		if slices.Contains(words, "require-partner") && d.chance(0.4) {
			words = append(words, "fallback "+pick(d, "one", "all"))
		}
		d.add("%s", strings.Join(words, " "))
		key, passive, fast, coupled := 1+d.r.IntN(3), d.chance(0.3), d.chance(0.5), d.chance(0.3)
		for range d.links {
			k := key
			if d.chance(0.1) {
				k = 1 + d.r.IntN(3)
			}
			s := []string{fmt.Sprint("key ", k)}
			for _, option := range []struct {
				word string
				set  bool
			}{
				{"passive", passive != d.chance(0.1)}, {"fast", fast != d.chance(0.1)}, {"coupled", coupled != d.chance(0.05)},
				{"individual", d.chance(0.04)}, {"disabled", d.chance(0.02)}, {"static", d.chance(0.1)},
				{"admin-state " + pick(d, "1a", "00", "08", "0a"), d.chance(0.1)},
				{fmt.Sprintf("priority %x", 1+d.r.IntN(5)), d.chance(0.3)},
			} {
				if option.set {
					s = append(s, option.word)
				}
			}
			d.ports[side] = append(d.ports[side], strings.Join(s, " "))
		}
		for i, settings := range d.ports[side] {
			d.add("port %s.%d %s", name, i+1, settings)
		}
	}
	d.peer = d.r.Perm(d.links)
	for i, j := range d.peer {
		d.add("link a.%d b.%d delay %v", i+1, j+1, d.between(0, 50*time.Millisecond))
		if d.chance(0.2) {
			mbps := pick(d, 100, 1000, 10000)
			d.add("speed a.%d %d", i+1, mbps)
			d.add("speed b.%d %d", j+1, mbps)
		}
	}
}

// port names one end of link i.
func (d *drawing) port(side, i int) string {
	if side == 0 {
		return fmt.Sprintf("a.%d", i+1)
	}
	return fmt.Sprintf("b.%d", d.peer[i]+1)
}

// faults draws a phase with impaired links and faults.
func (d *drawing) faults() {
	d.plan, d.end = nil, d.between(time.Second, 40*time.Second)
	if d.chance(0.1) {
		d.end *= 6
	}
	for i := range d.links {
		for side := range 2 {
			d.add("impair %s %s", d.port(side, i), d.impairment())
		}
		d.at(d.between(0, d.end/4+1), "link-up a.%d", i+1)
	}
	times := make([]time.Duration, d.r.IntN(7))
	for i := range times {
		times[i] = d.between(0, d.end)
	}
	slices.Sort(times) // each fault depends on the earlier ones
	for _, at := range times {
		d.fault(at)
	}
	slices.SortStableFunc(d.plan, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	now := time.Duration(0)
	for _, t := range d.plan {
		if t.at > now {
			d.add("advance %v", t.at-now)
			now = t.at
		}
		d.add("%s", t.command)
	}
	d.add("advance %v", d.end-now)
}

// at plans a command. A time after the end of the phase counts as the end.
func (d *drawing) at(at time.Duration, format string, args ...any) {
	d.plan = append(d.plan, timed{min(at, d.end), fmt.Sprintf(format, args...)})
}

func (d *drawing) impairment() string {
	delay := d.between(0, 50*time.Millisecond)
	words := fmt.Sprint("delay ", delay)
	if d.chance(0.5) {
		words += fmt.Sprintf(" loss %.2f", d.r.Float64()*0.6)
	}
	if d.chance(0.3) {
		words += fmt.Sprintf(" duplicate %.2f", d.r.Float64()*0.5)
	}
	if d.chance(0.15) {
		words += fmt.Sprintf(" corrupt %.2f", d.r.Float64()*0.5)
	}
	if d.chance(0.3) {
		words += fmt.Sprint(" jitter ", d.between(time.Microsecond, maxFaultDelay-delay))
	}
	return words
}

// fault draws a fault of a link or a System at a time, and the command that ends it unless
// settling does.
func (d *drawing) fault(at time.Duration) {
	i, side := d.r.IntN(d.links), d.r.IntN(2)
	p := d.port(side, i)
	name := p[:1]
	until := at + d.between(time.Millisecond, 20*time.Second)
	switch d.r.IntN(14) {
	case 0: // flap
		d.at(at, "link-down %s", p)
		d.at(until, "link-up %s", p)
	case 1: // flap that one end sees
		d.at(at, "carrier-down %s", p)
		d.at(until, "carrier-up %s", p)
	case 2: // one-way
		d.at(at, "cut %s", p)
		d.at(until, "heal %s", p)
	case 3:
		d.at(at, "impair %s %s", p, d.impairment())
	case 4: // burst
		d.at(at, "drop %s %d", p, 2+d.r.IntN(12))
	case 5:
		d.at(at, "restart %s", name)
	case 6:
		d.at(at, "stop %s", name)
		d.at(until, "start %s", name)
	case 7:
		d.at(at, "stall %s %v", name, min(until-at, d.end-at)+time.Microsecond)
	case 8:
		d.at(at, "fail %s %d", p, 1+d.r.IntN(4))
	case 9:
		d.at(at, "set %s %s", p, pick(d, "fast", "slow", "active", "coupled", "independent", "individual", "aggregatable",
			fmt.Sprint("key ", 1+d.r.IntN(3)), fmt.Sprintf("priority %x", 1+d.r.IntN(5))))
	case 10: // taken out of service for a while
		d.at(at, "set %s disabled", p)
		d.at(until, "set %s enabled", p)
	case 11:
		d.at(at, "set-system %s %04x %s", name, 0x8000+d.r.IntN(3), []string{"02:00:00:00:00:0c", "02:ff:5a:a5:00:e0"}[side])
	case 12: // both ends change their speed
		mbps := pick(d, 100, 1000, 10000)
		d.at(at, "speed %s %d", d.port(0, i), mbps)
		d.at(at, "speed %s %d", d.port(1, i), mbps)
	case 13: // two cables are swapped
		if j := d.r.IntN(d.links); j != i {
			d.at(at, "link a.%d %s", i+1, d.port(1, j))
			d.at(at, "link a.%d %s", j+1, d.port(1, i))
			d.at(until, "link-up a.%d", i+1)
			d.at(until, "link-up a.%d", j+1)
			d.peer[i], d.peer[j] = d.peer[j], d.peer[i]
		}
	}
}
