package lacp

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"
)

var modelLong = flag.Bool("model", false, "run the longer explorations of TestModel too")

// TestModel explores every state that two Systems can reach over their links, whatever
// LACPDUs are lost. In some rows the carrier also goes and comes at either end at any
// time. In no state does a port distribute that must not. From every state, once no
// LACPDU is lost and the carrier stays, all links come into use and stay in use.
//
// Time advances in steps of the row's grid. All periods are multiples of the step, and
// all events happen on the grid. A frame takes no longer than a step.
//
// To run the rows marked long, use
//
//	go test ./lacp -run 'TestModel$' -v -model -timeout 30m
//
// They have completed without a violation:
//
//	half seconds   1,022,251 states    3,456,042 steps   up again within 3.5s     8 s
//	SLOW           1,278,999 states    1,446,667 steps   up again within 32s      5 s
//	two links     10,351,255 states   18,292,980 steps   up again within 3s     243 s, 6 GB
func TestModel(t *testing.T) {
	short := DefaultPartnerAdmin(1)
	short.State |= StateTimeout // so that DEFAULTED also sends every second
	fast := PortConfig{ShortTimeout: true, PartnerAdmin: short}
	with := func(change func(*PortConfig)) PortConfig { c := fast; change(&c); return c }
	coupled := with(func(c *PortConfig) { c.CoupledControl = true })
	passive := with(func(c *PortConfig) { c.Passive = true })
	defaults := with(func(c *PortConfig) { c.PartnerAdmin = Info{} })
	individual := with(func(c *PortConfig) { c.Individual = true })
	half := 500 * time.Millisecond
	const (
		always = iota
		full
		long
	)
	for _, row := range []struct {
		name string
		when int // always, with LAGKIT_LAB or -model, or with -model
		m    model
	}{
		{"independent", always, model{ports: [2]PortConfig{fast, fast}, links: 1, flaps: true}},
		{"coupled with independent", always, model{ports: [2]PortConfig{coupled, fast}, links: 1, flaps: true}},
		{"coupled", full, model{ports: [2]PortConfig{coupled, coupled}, links: 1, flaps: true}},
		{"Passive with Active", full, model{ports: [2]PortConfig{passive, fast}, links: 1, flaps: true}},
		{"Individual", full, model{ports: [2]PortConfig{individual, fast}, links: 1, flaps: true}},
		{"partner required", always, model{config: Config{RequirePartner: true}, ports: [2]PortConfig{fast, fast}, links: 1, flaps: true}},
		{"heeding Expired", full, model{config: Config{TreatExpiredAsOutOfSync: true}, ports: [2]PortConfig{fast, fast}, links: 1, flaps: true}},
		{"half seconds", long, model{ports: [2]PortConfig{fast, fast}, links: 1, flaps: true, grid: half}},
		{"default Partner_Admin", full, model{ports: [2]PortConfig{defaults, defaults}, links: 1, flaps: true}},
		{"SLOW", long, model{ports: [2]PortConfig{{}, {}}, links: 1}},
		{"two links", long, model{ports: [2]PortConfig{fast, fast}, links: 2, order: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			switch {
			case row.when == full && !*modelLong && (testing.Short() || Rounds(0, 1) == 0):
				t.Skip("takes seconds: runs with LAGKIT_LAB=1 or -model, and not in a short run")
			case row.when == long && !*modelLong:
				t.Skip("a longer run: -model")
			}
			if row.m.grid == 0 {
				row.m.grid = time.Second
			}
			began := time.Now()
			if err := row.m.explore(t); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d states, %d steps, up again within %v of the last fault; %v", len(row.m.states), row.m.steps,
				time.Duration(row.m.slowest)*row.m.grid, time.Since(began).Round(time.Millisecond))
		})
	}
}

// Two Passive ends never come up. The exploration reports that, with the path to it.
func TestModelFindsWhatNeverComesUp(t *testing.T) {
	passive := PortConfig{ShortTimeout: true, Passive: true}
	m := model{config: Config{RequirePartner: true}, ports: [2]PortConfig{passive, passive}, links: 1, flaps: true, grid: time.Second}
	if err := m.explore(t); err == nil || !strings.Contains(err.Error(), "never come up") {
		t.Errorf("explore returned %v, want links that never come up", err)
	}
}

// model is two Systems, the links between them and the states explored so far.
type model struct {
	config Config
	ports  [2]PortConfig // of all ports of one System
	links  int
	flaps  bool
	order  bool // frames under way at the same time arrive in a fixed order
	grid   time.Duration

	systems [2]*System
	states  map[digest]*state
	steps   int
	slowest int // the most steps of the grid from any state until all links are up
}

// state is a state that was reached.
type state struct {
	from    digest // the state it was first reached from
	by      step
	healthy digest // the next state if nothing fails
	ticks   bool   // time passes in that step
	up      bool   // all links are used
	known   bool   // known to come up
	until   int    // the number of steps of the grid until it comes up
}

// world is a state with everything needed to continue from it.
type world struct {
	memory  [2]memory
	carrier [2][maxLinks]bool
	flight  [2][maxLinks][]PDU // sent by each System, not yet arrived
	deaf    [2][maxLinks]uint8 // how many steps of the grid a port has distributed to a deaf peer
	digest  digest

	unsettled string // a guard that is true although its System has settled
}

const maxLinks = 2

// step is one event of the model.
type step struct {
	kind stepKind
	side int // the side of the carrier or the frame
	link int
}

type stepKind uint8

const (
	begin stepKind = iota
	tick
	deliver
	lose
	carrierUp
	carrierDown
)

func (s step) String() string {
	name := [...]string{"begin", "tick", "deliver", "lose", "up", "down"}[s.kind]
	if s.kind <= tick {
		return name
	}
	return fmt.Sprintf("%s %c.%d", name, 'a'+s.side, s.link+1)
}

// explore visits all states, breadth first. Then it follows each state along the steps
// without failures.
func (m *model) explore(t *testing.T) error {
	m.states = map[digest]*state{}
	w := m.start(t)
	queue := []*world{w}
	m.states[w.digest] = &state{}
	for len(queue) > 0 {
		w, queue = queue[0], queue[1:]
		at := m.states[w.digest]
		for i, s := range m.possible(w) {
			next := m.apply(w, s)
			m.steps++
			if i == 0 {
				at.healthy, at.ticks = next.digest, s.kind == tick
			}
			if m.states[next.digest] != nil {
				continue
			}
			m.states[next.digest] = &state{from: w.digest, by: s}
			if err := m.check(next); err != nil {
				return fmt.Errorf("%w\n%s", err, m.path(next.digest))
			}
			m.states[next.digest].up = m.allUp()
			queue = append(queue, next)
		}
		queue = compact(queue)
		if len(m.states) > 20_000_000 {
			return fmt.Errorf("%d states and no end", len(m.states))
		}
	}
	return m.comesUp()
}

// compact releases the memory of elements taken from the queue.
func compact(q []*world) []*world {
	if cap(q) > 1024 && len(q) < cap(q)/4 {
		return append(make([]*world, 0, 2*len(q)), q...)
	}
	return q
}

func (m *model) start(t *testing.T) *world {
	for i := range m.systems {
		c := m.config
		c.System = [2]SystemID{ourSystem, partnerSystem}[i]
		m.systems[i] = newSystem(t, c)
		for n := range m.links {
			p := m.ports[i]
			if p.PartnerAdmin != (Info{}) {
				p.PartnerAdmin.Key, p.PartnerAdmin.Port.Number = Key(n+1), PortNumber(n+1)
			}
			addPort(t, m.systems[i], start, portDefaults(n, p))
		}
		m.systems[i].Actions()
		m.systems[i].now = modelNow
	}
	w := new(world)
	if !m.flaps {
		for n := range m.links {
			for i, s := range m.systems {
				w.carrier[i][n] = true
				_ = s.SetLink(s.time(s.now), PortNumber(n+1), Link{Up: true})
				m.collect(w, i)
			}
		}
	}
	m.finish(w)
	return w
}

// possible returns the possible steps. The first one is the step without a failure.
func (m *model) possible(w *world) []step {
	steps := make([]step, 0, 8)
	var faults []step
	for n := range m.links {
		for i := range m.systems {
			if !w.carrier[i][n] {
				steps = append(steps, step{carrierUp, i, n})
			} else if m.flaps {
				faults = append(faults, step{carrierDown, i, n})
			}
		}
	}
	empty := true
	for n := range m.links {
		for i := range m.systems {
			if len(w.flight[i][n]) > 0 && (empty || !m.order) {
				empty = false
				steps = append(steps, step{deliver, i, n})
				faults = append(faults, step{lose, i, n})
			}
		}
	}
	if empty {
		steps = append(steps, step{kind: tick})
	}
	return append(steps, faults...)
}

// apply changes w to the state after a step.
func (m *model) apply(w *world, s step) *world {
	next := &world{carrier: w.carrier, flight: w.flight, deaf: w.deaf}
	for i, sys := range m.systems {
		sys.recall(w.memory[i])
	}
	number := PortNumber(s.link + 1)
	switch s.kind {
	case tick:
		for i, sys := range m.systems {
			sys.Advance(sys.time(modelNow + instant(m.grid)))
			m.collect(next, i)
		}
	case deliver, lose:
		pdu := w.flight[s.side][s.link][0]
		next.flight[s.side][s.link] = w.flight[s.side][s.link][1:]
		if s.kind == deliver {
			sys := m.systems[1-s.side]
			sys.receivePDUOf(number, pdu)
			m.collect(next, 1-s.side)
		}
	case carrierUp, carrierDown:
		next.carrier[s.side][s.link] = s.kind == carrierUp
		if s.kind == carrierDown {
			next.flight[0][s.link], next.flight[1][s.link] = nil, nil
		}
		sys := m.systems[s.side]
		_ = sys.SetLink(sys.time(modelNow), number, Link{Up: s.kind == carrierUp})
		m.collect(next, s.side)
	}
	m.countDeaf(next, s)
	m.finish(next)
	return next
}

// receivePDUOf passes a LACPDU to a port.
func (s *System) receivePDUOf(n PortNumber, pdu PDU) {
	a := Action{PDU: pdu, Destination: SlowProtocolsMulticast}
	var frame [FrameLen]byte
	_, _ = s.Receive(s.time(s.now), n, a.AppendFrame(frame[:0]))
}

// collect puts the LACPDUs that a System sends into flight, if the link has carrier.
func (m *model) collect(w *world, side int) {
	for _, a := range m.systems[side].Actions() {
		link := int(a.Port) - 1
		if a.Kind == ActionTransmit && w.carrier[0][link] && w.carrier[1][link] {
			f := w.flight[side][link]
			w.flight[side][link] = append(f[:len(f):len(f)], a.PDU)
		}
	}
}

// finish normalizes the current world, so that it can be compared with others.
func (m *model) finish(w *world) {
	d := newDigester()
	for i, s := range m.systems {
		if finding := s.Unsettled(); finding != "" {
			w.unsettled = fmt.Sprintf("%c: %s", 'a'+i, finding)
		}
		s.rewind()
		w.memory[i] = s.remember()
		for _, p := range s.ports {
			add(d, s.variablesOf(p))
		}
		for _, a := range s.aggregators {
			add(d, a.lag)
		}
	}
	add(d, w.carrier)
	add(d, w.deaf)
	for i := range w.flight {
		for n := range w.flight[i] {
			add(d, len(w.flight[i][n]))
			for _, pdu := range w.flight[i][n] {
				add(d, pdu)
			}
		}
	}
	w.digest = d.sum()
}

// countDeaf counts how long each port has distributed to a peer that does not collect.
// A Defaulted port has no known peer. With coupled control the peer only has to be in
// sync, which it reports again each time its carrier is back, so the count restarts
// with each fault.
func (m *model) countDeaf(w *world, s step) {
	for i, sys := range m.systems {
		for n, p := range sys.ports {
			peer := m.systems[1-i].ports[n]
			switch {
			case !p.distributing || peer.collecting || p.defaulted(),
				p.cfg.CoupledControl && (s.kind == carrierUp || s.kind == carrierDown):
				w.deaf[i][n] = 0
			case s.kind == tick:
				w.deaf[i][n]++
			}
		}
	}
}

// check verifies the conditions that must hold in every state.
func (m *model) check(w *world) error {
	if w.unsettled != "" {
		return errors.New(w.unsettled)
	}
	for i, s := range m.systems {
		for n, p := range s.ports {
			state := p.actor.State
			limit := p.timeout() + time.Second
			if p.cfg.CoupledControl {
				limit += m.systems[1-i].ports[n].timeout() + ShortTimeoutTime
			}
			what := ""
			switch {
			case state.Has(StateDistributing) && !state.Has(StateCollecting):
				what = "Distributing without Collecting"
			case state.Has(StateCollecting) && !state.Has(StateSynchronization):
				what = "Collecting without Synchronization"
			case p.collecting != state.Has(StateCollecting) || p.distributing != state.Has(StateDistributing):
				what = "the data path is not as Actor_State says"
			case p.collecting && !w.carrier[i][n]:
				what = "Collecting on a dead link"
			case p.collecting && !p.partner.State.Has(StateSynchronization):
				what = "Collecting while the partner is not in sync"
			case time.Duration(w.deaf[i][n])*m.grid > limit:
				what = "distributes for too long to a peer that does not collect"
			}
			if what != "" {
				return fmt.Errorf("%c.%d: %s: %+v", 'a'+i, n+1, what, s.variablesOf(p))
			}
		}
	}
	return nil
}

// allUp reports whether both ends use all links, in one LAG.
func (m *model) allUp() bool {
	for _, s := range m.systems {
		for _, p := range s.ports {
			if !p.distributing || p.receive != ReceiveCurrent || p.aggregator != s.ports[0].aggregator {
				return false
			}
		}
	}
	return true
}

// comesUp follows each state along the steps without failures. They must end in a cycle
// of states that have all links up.
func (m *model) comesUp() error {
	for d, s := range m.states {
		var path []*state
		place := map[*state]int{}
		for !s.known {
			if i, ok := place[s]; ok { // the cycle at the end
				for _, c := range path[i:] {
					if !c.up {
						return fmt.Errorf("the links never come up, or do not stay so\n%s", m.path(d))
					}
					c.known = true
				}
				path = path[:i]
				break
			}
			place[s] = len(path)
			path = append(path, s)
			s = m.states[s.healthy]
		}
		for i := len(path) - 1; i >= 0; i-- {
			p := path[i]
			next := m.states[p.healthy]
			p.known, p.until = true, next.until
			if p.ticks {
				p.until++
			}
			if p.up && next.until == 0 {
				p.until = 0
			}
			m.slowest = max(m.slowest, p.until)
		}
	}
	return nil
}

// path returns the steps that first reached a state.
func (m *model) path(d digest) string {
	var steps []string
	for s := m.states[d]; s.by.kind != begin; s = m.states[s.from] {
		steps = append([]string{s.by.String()}, steps...)
	}
	return strings.Join(steps, ", ")
}
