package chassis

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// manyLinks returns the status of a bond with links that hear a partner.
func manyLinks(n int) *bond.Status {
	st := &bond.Status{Mode: bond.ModeLACP}
	for i := range n {
		st.Members = append(st.Members, bond.MemberStatus{LACP: lacp.PortStatus{
			Config: lacp.PortConfig{Number: lacp.PortNumber(i + 1)}, Receive: lacp.ReceiveCurrent,
			Actor: lacp.Info{Port: lacp.PortID{Number: lacp.PortNumber(i + 1)}}, Partner: far(1, 1, lacp.PortNumber(i+1)),
		}})
	}
	return st
}

// agreementBed returns an agreement without a store, and its log.
func agreementBed(b Carrier) (*agreement, *strings.Builder) {
	log := new(strings.Builder)
	c := &Chassis{group: Group{Me: "B", Others: []ID{"A", "C"}, Logger: slog.New(slog.NewTextHandler(log, nil))}, boot: 1, herald: newHerald(nil, "B", 1)}
	a := newAgreement(c, "uplink", b, false)
	return &a, log
}

// Links that do not fit into a report are left out, which is reported once.
func TestTooManyPorts(t *testing.T) {
	a, log := agreementBed(nil)
	for _, n := range []int{2, 250, 2, 300, 301, 2} {
		a.report(manyLinks(n), true)
		got, err := parseReport(a.chassis.herald.posts["uplink"].text)
		if err != nil {
			t.Fatal(err)
		}
		if want := 2; (n == want) != (len(got.Ports) == want) || n != want && len(got.Ports) != 0 {
			t.Errorf("%d links: %d are published", n, len(got.Ports))
		}
		if len(a.own.Ports) != min(n, maxPorts) {
			t.Errorf("%d links: %d in the own report", n, len(a.own.Ports))
		}
	}
	if got := strings.Count(log.String(), "report is"); got != 2 {
		t.Errorf("%d lines in the log, want one for each time that it begins:\n%s", got, log)
	}
}

// taker is a Carrier that takes ports of other chassis, or refuses them.
type taker struct {
	Carrier
	err   error
	taken [][]lacp.Foreign
}

func (c *taker) SetForeign(ports []lacp.Foreign) error {
	c.taken = append(c.taken, ports)
	return c.err
}

// The carrier gets the ports of others when they change. Numbers that come twice are left out. What it
// refuses is offered again with the next change.
func TestForeignPorts(t *testing.T) {
	c := new(taker)
	a, log := agreementBed(c)
	a.report(manyLinks(2), true) // ports 1 and 2
	of := func(numbers ...lacp.PortNumber) (r Report) {
		for _, n := range numbers {
			r.Ports = append(r.Ports, lacp.Foreign{Port: lacp.PortID{Number: n}, Usable: true})
		}
		return r
	}
	taken := func(times int, want ...lacp.PortNumber) {
		t.Helper()
		var got []lacp.PortNumber
		if len(c.taken) > 0 {
			for _, f := range c.taken[len(c.taken)-1] {
				got = append(got, f.Port.Number)
			}
		}
		if len(c.taken) != times || !slices.Equal(got, want) {
			t.Errorf("the carrier got ports %d times, last %v; want %d times, %v", len(c.taken), got, times, want)
		}
	}
	taken(0)
	a.others = map[ID]Report{"A": of(2, 3, 4), "C": of(4, 5)}
	a.compare()
	taken(1, 3, 4, 5)
	a.compare()
	taken(1, 3, 4, 5)
	c.err = errors.New("a port of that number is there")
	delete(a.others, "C")
	a.compare()
	taken(2, 3, 4)
	if !strings.Contains(log.String(), c.err.Error()) {
		t.Errorf("log %q, want the error", log)
	}
	c.err = nil
	a.compare()
	taken(3, 3, 4)
	a.forget()
	taken(4)
	a.foreign = nil
	a.forget() // there is nothing to forget
	taken(4)
}

// A difference is reported when it appears and when it is gone. A carrier need not take ports.
func TestDifferencesAreReportedOnce(t *testing.T) {
	a, log := agreementBed(nil)
	a.settings = map[string]string{"mtu": "1500"}
	a.report(manyLinks(2), true)
	there := Report{Settings: map[string]string{"mtu": "9000"}, Ports: []lacp.Foreign{{Port: lacp.PortID{Number: 9}}}}
	for range 3 {
		a.others = map[ID]Report{"A": there}
		a.compare()
	}
	for range 3 {
		a.others = nil
		a.compare()
	}
	if begins, ends := strings.Count(log.String(), "chassis differs"), strings.Count(log.String(), "no longer differs"); begins != 1 || ends != 1 {
		t.Errorf("%d lines that a difference has appeared, %d that it is gone; want 1 of each:\n%s", begins, ends, log)
	}
}

// A slow reader gets the newest event of each subject.
func TestSlowReader(t *testing.T) {
	a, _ := agreementBed(nil)
	f := a.chassis.watchers.add()
	for range 1000 {
		a.emit(Event{Kind: EventChassis, Chassis: "A", Up: true})
		a.emit(Event{Kind: EventChassis, Chassis: "A"})
		a.emit(Event{Kind: EventDifference, Difference: Difference{Name: "mtu"}})
	}
	a.emit(Event{Kind: EventChassis, Chassis: "C", Up: true})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go f.Run(ctx, nil)
	missed, kept := 0, 0
	for e := range f.Events() {
		missed, kept = missed+e.Missed, kept+1
		if e.Chassis == "C" {
			break
		}
	}
	if missed+kept != 3001 || missed == 0 {
		t.Errorf("%d events kept, %d missed; want 3001 in all, and some missed", kept, missed)
	}
	a.chassis.watchers.remove(f)
	a.emit(Event{Kind: EventVeto})
	if len(a.chassis.watchers.feeds) != 0 {
		t.Error("a reader that was removed is still there")
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{EventActive.String(), "Active"}, {EventName.String(), "Name"}, {EventKind(0).String(), "invalid"}, {EventKind(99).String(), "invalid"},
		{IsolationWithdraw.String(), "withdraw"}, {IsolationHold.String(), "hold"}, {Isolation(9).String(), "Isolation(9)"},
		{(&NumberError{0, "A", ""}).Error(), "chassis: no number for A: all 15 belong to other chassis"},
		{(&VersionError{2}).Error(), "version 2 is newer than version 1, which this chassis knows"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if len(logTexts) != len(eventNames) {
		t.Errorf("%d kinds of events have a text for the log, want %d", len(logTexts), len(eventNames))
	}
}
