package lacp

import (
	"hash/maphash"
	"reflect"
	"slices"
	"testing"
	"time"
)

// modelNow is the time of a System's clock in every state of the model. All times move
// with the clock, so that only their distances remain.
const modelNow = instant(1000 * time.Second)

// memory is the whole state of a System whose configuration does not change.
type memory struct {
	ports       []port
	aggregators []aggregator // with their own slices of ports
	down        []*port
}

// remember copies the state of a System that has settled.
func (s *System) remember() memory {
	m := memory{down: slices.Clone(s.down)}
	for _, p := range s.ports {
		m.ports = append(m.ports, *p)
	}
	for _, a := range s.aggregators {
		b := *a
		b.ports = slices.Clone(a.ports)
		m.aggregators = append(m.aggregators, b)
	}
	return m
}

// recall restores the state of a System. Since it keeps pointers, use it only for the
// System whose state was remembered.
func (s *System) recall(m memory) {
	s.now = modelNow
	s.deadlines, s.work, s.dirty, s.actions = s.deadlines[:0], s.work[:0], s.dirty[:0], s.actions[:0]
	s.down = append(s.down[:0], m.down...)
	for i, p := range s.ports {
		*p = m.ports[i]
		p.place = -1
	}
	for i, a := range s.aggregators {
		ports := append(a.ports[:0], m.aggregators[i].ports...)
		*a = m.aggregators[i]
		a.ports = ports
	}
	for _, p := range s.ports {
		s.appoint(p, p.deadline())
	}
}

// rewind moves all times so that the clock shows modelNow, and clears the values that
// no guard reads.
func (s *System) rewind() {
	by := s.now - modelNow
	s.now = modelNow
	for _, p := range s.ports {
		for _, t := range []*timer{&p.currentWhile, &p.periodicTimer, &p.waitWhile} {
			if instant(*t) != never {
				*t -= timer(by)
			}
		}
		for i := range p.limit.sent {
			p.limit.sent[i] -= by
		}
		p.limit.count = p.limit.count%txPerSecond + txPerSecond // the ages hold the rest
		// No other machine reads the state of Churn.
		p.actorChurnTimer.stop()
		p.partnerChurnTimer.stop()
		p.counters, p.since, p.lastRx, p.steady = Counters{}, sinceTimes{}, 0, false
	}
}

// variables holds the values of one port that guards read, with times relative to now.
type variables struct {
	portEnabled, portMoved, ntt, readyN, deaf bool
	attached, collecting, distributing        bool
	selected                                  Selection
	aggregator                                AggregatorID
	actor                                     State
	partner                                   Info
	receive                                   ReceiveState
	periodic                                  PeriodicState
	mux                                       MuxState
	currentWhile, periodicTimer, waitWhile    time.Duration
	sent                                      [txPerSecond]time.Duration // how long ago, oldest first
}

// variablesOf returns the variables of a port, without those that its state ignores.
func (s *System) variablesOf(p *port) variables {
	v := variables{
		portEnabled: p.portEnabled, portMoved: p.portMoved, ntt: p.ntt, readyN: p.readyN, deaf: p.deaf,
		attached: p.attached, collecting: p.collecting, distributing: p.distributing,
		selected: p.selected, actor: p.actor.State, partner: p.partner,
		receive: p.receive, periodic: p.periodic, mux: p.mux,
	}
	if p.aggregator != nil {
		v.aggregator = p.aggregator.id
	}
	rest := func(t timer) time.Duration { return time.Duration(instant(t) - s.now) }
	if p.receive == ReceiveCurrent || p.receive == ReceiveExpired {
		v.currentWhile = rest(p.currentWhile)
	}
	if p.periodic == FastPeriodic || p.periodic == SlowPeriodic {
		v.periodicTimer = rest(p.periodicTimer)
	}
	if p.mux == MuxWaiting && !p.readyN {
		v.waitWhile = rest(p.waitWhile)
	}
	for i := range v.sent {
		at := p.limit.sent[(p.limit.count+uint64(i))%txPerSecond]
		v.sent[i] = min(time.Duration(s.now-at), FastPeriodicTime)
	}
	return v
}

// digest identifies a state by 128 bits of hash.
type digest [2]uint64

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// digester computes the digest of a sequence of comparable values.
type digester [2]maphash.Hash

func newDigester() *digester {
	d := new(digester)
	for i := range d {
		d[i].SetSeed(seeds[i])
	}
	return d
}

func add[T comparable](d *digester, v T) {
	for i := range d {
		maphash.WriteComparable(&d[i], v)
	}
}

func (d *digester) sum() digest { return digest{d[0].Sum64(), d[1].Sum64()} }

// The copies above are complete only if they handle every reference in a System. A new
// field with a reference must be considered here.
func TestModelKnowsAllReferences(t *testing.T) {
	known := map[string]bool{
		"port.portVariables.aggregator": true, // of the same System, whose aggregators stay
		"port.portVariables.received":   true, // nil at rest
		"port.gates":                    true, // nil in the model
		"port.history":                  true, // no guard looks at it
	}
	var look func(string, reflect.Type)
	look = func(path string, typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan, reflect.Interface:
			if !known[path] {
				t.Errorf("%s is a %v: let remember and recall copy it", path, typ)
			}
		case reflect.Struct:
			if typ == reflect.TypeFor[time.Time]() {
				return
			}
			for f := range typ.Fields() {
				look(path+"."+f.Name, f.Type)
			}
		case reflect.Array:
			look(path+"[]", typ.Elem())
		}
	}
	look("port", reflect.TypeFor[port]())
}
