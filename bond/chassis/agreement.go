package chassis

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// agreement compares what the chassis publish about a LAG.
type agreement struct {
	chassis *Chassis
	lag     string
	ports   foreigner // nil if the carrier takes no ports of other chassis
	all     bool      // all chassis carry the LAG at the same time

	// Of the goroutine of the seat:
	settings    map[string]string
	own         Report
	tooLong     bool // own does not fit into a text
	others      map[ID]Report
	bad         map[ID]string // how the texts begin that were refused, each of them once
	versions    []Difference  // to chassis whose reports are of a newer version
	differences []Difference
	foreign     []lacp.Foreign // as given to the carrier
	namesake    bool           // another chassis has the name of this one
}

func newAgreement(c *Chassis, lag string, b Carrier, all bool) agreement {
	ports, _ := b.(foreigner)
	return agreement{chassis: c, lag: lag, ports: ports, all: all, others: make(map[ID]Report), bad: make(map[ID]string)}
}

// report publishes the state of the LAG on this chassis, if it has changed.
func (a *agreement) report(st *bond.Status, ready bool) {
	r := Report{Boot: a.chassis.boot, Ready: ready, Settings: a.settings, Ports: reportPorts(st)}
	if r.equal(&a.own) {
		return
	}
	a.own = r
	text, err := r.encode()
	if err != nil { // there are too many ports
		if !a.tooLong {
			a.emit(Event{Kind: EventReport, Chassis: a.chassis.group.Me, Err: err})
		}
		r.Ports = nil
		text, _ = r.encode() // fits, as publishable has checked
	}
	a.tooLong = err != nil
	a.chassis.herald.set(a.lag, text)
	a.compare()
}

// news takes note of what the chassis publish now, and whether another chassis publishes under the name
// of this one.
func (a *agreement) news(texts map[ID][]byte, namesake bool) {
	others := make(map[ID]Report)
	var differences []Difference // to chassis whose reports can't be read
	for _, id := range a.chassis.group.Others {
		text, there := texts[id]
		if !there {
			delete(a.bad, id)
			continue
		}
		r, err := parseReport(text)
		var version *VersionError
		switch {
		case err == nil:
			others[id] = r
			delete(a.bad, id)
			continue
		case errors.As(err, &version):
			differences = append(differences, newer(id, version))
		}
		start := string(text[:min(len(text), maxText)])
		if last, told := a.bad[id]; !told || last != start {
			a.bad[id] = start
			a.emit(Event{Kind: EventReport, Chassis: id, Err: err})
		}
	}
	if namesake && !a.namesake {
		a.emit(Event{Kind: EventName, Chassis: a.chassis.group.Me})
	}
	a.namesake = namesake
	a.others, a.versions = others, differences
	a.compare()
}

// compare compares the reports, and reports what has changed.
func (a *agreement) compare() {
	all := slices.Clone(a.versions)
	for _, id := range slices.Sorted(maps.Keys(a.others)) {
		there := a.others[id]
		all = append(all, compare(&a.own, id, &there)...)
	}
	a.setForeign()
	before := a.differences
	a.differences = all
	for _, d := range all {
		if !slices.Contains(before, d) {
			a.emit(Event{Kind: EventDifference, Chassis: d.Chassis, Difference: d, Up: true})
		}
	}
	for _, d := range before {
		if !slices.Contains(all, d) {
			a.emit(Event{Kind: EventDifference, Chassis: d.Chassis, Difference: d})
		}
	}
}

// differing returns an event for each difference.
func (a *agreement) differing() (all []Event) {
	for _, d := range a.differences {
		all = append(all, Event{Kind: EventDifference, Chassis: d.Chassis, Difference: d, Up: true})
	}
	return all
}

// emit reports an event to those who watch, and to the log.
func (a *agreement) emit(e Event) {
	e.At, e.LAG = time.Now(), a.lag
	a.chassis.watchers.put(e)
	a.chassis.log(&e)
}

// describe fills in what a status shows of the reports.
func (a *agreement) describe(st *Status) {
	st.Own = a.own
	st.Differences = slices.Clone(a.differences)
	for i := range st.Peers {
		if r, there := a.others[st.Peers[i].ID]; there {
			st.Peers[i].Report = &r
		}
	}
}
