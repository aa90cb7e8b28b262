package bond_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/bondtest"
	"github.com/lagkit/lagkit/lacp"
)

// journal collects the events and the log records of a bond.
type journal struct {
	mu     sync.Mutex
	log    bytes.Buffer
	events <-chan bond.Event
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(j, nil)) }

// Write adds a log record.
func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.log.Write(b)
}

// drain returns the events and the log records since the last call.
func (j *journal) drain() (events []bond.Event, records []map[string]any) {
	synctest.Wait()
	for {
		select {
		case e := <-j.events:
			events = append(events, e)
			continue
		default:
		}
		break
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for d := json.NewDecoder(&j.log); ; {
		var r map[string]any
		if d.Decode(&r) != nil {
			break
		}
		records = append(records, r)
	}
	j.log.Reset()
	return events, records
}

// outOf returns the first event and the first log record that report a member as out of use.
func outOf(events []bond.Event, records []map[string]any, member string) (e bond.Event, r map[string]any) {
	i := slices.IndexFunc(events, func(e bond.Event) bool { return e.Kind == bond.EventMember && e.Member == member && !e.Up })
	if i >= 0 {
		e = events[i]
	}
	i = slices.IndexFunc(records, func(r map[string]any) bool {
		return r["msg"] == "member changed" && r["member"] == member && r["carries_data"] == false
	})
	if i >= 0 {
		r = records[i]
	}
	return e, r
}

// inject sends a LACPDU from another source to the bond over the cable: the partner's present
// LACPDU with a change.
func inject(t *testing.T, b *bond.Bond, member int, c *bondtest.Cable, source lacp.MAC, change func(*lacp.PDU)) {
	t.Helper()
	st := b.Status().Members[member].LACP
	pdu := lacp.PDU{Actor: st.Partner, Partner: st.Actor}
	change(&pdu)
	a := lacp.Action{PDU: pdu, Source: source, Destination: lacp.SlowProtocolsMulticast}
	if err := c.B.WriteControl(a.AppendFrame(nil)); err != nil {
		t.Fatal(err)
	}
}

// Whatever a LACPDU does to a member, the event and the log record name its sender, even if it
// takes another member out of use. Changes that no LACPDU caused name no sender.
func TestEventNamesTheSenderBOX34(t *testing.T) {
	stranger := lacp.MAC{2, 0xbb, 0, 0, 0, 0x77}
	zero := lacp.MAC{}
	system := lacp.SystemID{Priority: 9, MAC: lacp.MAC{2, 0xcc, 0, 0, 0, 9}}
	says := func(change func(*lacp.PDU)) func(*testing.T, *pair) {
		return func(t *testing.T, p *pair) { inject(t, p.a, 0, p.cables[0], stranger, change) }
	}
	cleared := func(s lacp.State) func(*testing.T, *pair) {
		return says(func(p *lacp.PDU) { p.Actor.State &^= s })
	}
	for _, test := range []struct {
		name   string
		cfg    bond.Config
		change func(*testing.T, *pair)
		wait   time.Duration
		member string
		source lacp.MAC
	}{
		{"another System", fast34, says(func(p *lacp.PDU) { p.Actor.System = system }), 0, "a0", stranger},
		{"another key", fast34, says(func(p *lacp.PDU) { p.Actor.Key += 5 }), 0, "a0", stranger},
		{"another port", fast34, says(func(p *lacp.PDU) { p.Actor.Port.Number += 5 }), 0, "a0", stranger},
		{"no Synchronization", fast34, cleared(lacp.StateSynchronization), 0, "a0", stranger},
		{"no Collecting", fast34, cleared(lacp.StateCollecting | lacp.StateDistributing), 0, "a0", stranger},
		{"no Aggregation", fast34, cleared(lacp.StateAggregation), 0, "a0", stranger},
		{"Expired", fast34, says(func(p *lacp.PDU) { p.Actor.State |= lacp.StateExpired }), 0, "a0", stranger},
		{"another view of us", fast34, says(func(p *lacp.PDU) { p.Partner.Key += 5 }), 0, "a0", stranger},
		{"below MinLinks, the other member", bond.Config{Rate: bond.RateFast, MinLinks: 2}, cleared(lacp.StateSynchronization), 0, "a1", stranger},
		{"the cable is pulled", fast34, func(_ *testing.T, p *pair) { p.cables[0].SetUp(false) }, 0, "a0", zero},
		{"a LACPDU that changes nothing, and the cable is pulled", fast34, func(t *testing.T, p *pair) {
			says(func(*lacp.PDU) {})(t, p)
			p.cables[0].SetUp(false)
		}, 0, "a0", zero},
		{"the partner is silent", fast34, func(_ *testing.T, p *pair) { p.cables[0].B.Lose(bondtest.Control) }, 3500 * time.Millisecond, "a0", zero},
		{"drained", fast34, func(t *testing.T, p *pair) {
			if err := p.a.Drain("a0", true); err != nil {
				t.Fatal(err)
			}
		}, 0, "a0", zero},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var j journal
				cfg := test.cfg
				cfg.Logger = j.logger()
				p := newPair(t, 2, cfg, bond.Config{Rate: bond.RateFast})
				defer p.close(t)
				j.events = p.a.Watch(t.Context())
				p.waitReady(t, 5*time.Second)
				pass(5 * time.Second)
				uses(t, "at first", p.a, "a0", "a1")
				j.drain()
				test.change(t, p)
				time.Sleep(test.wait)
				events, records := j.drain()
				e, r := outOf(events, records, test.member)
				if e.Kind == 0 || e.Source != test.source {
					t.Errorf("event %v of %q, %v, from %v; want one of %s, from %v", e.Kind, e.Member, e.Reason, e.Source, test.member, test.source)
				}
				if got, logged := r["source"]; r == nil || logged != (test.source != zero) || logged && got != test.source.String() {
					t.Errorf("log %v, want source %v", r, test.source)
				}
				if test.wait == 0 && test.source == stranger {
					pass(10 * time.Second)
					uses(t, "10 s after the stranger's LACPDU", p.a, "a0", "a1")
				}
			})
		})
	}
}

// reflect sends everything that the bond sends on a cable back to it, until stop is closed.
func reflect(c *bondtest.Cable, stop <-chan struct{}) {
	buf := make([]byte, 256)
	for {
		n, err := c.B.ReadControl(buf)
		if err != nil {
			return
		}
		select {
		case <-stop:
		default:
			_ = c.B.WriteControl(buf[:n])
		}
	}
}

// A member that receives only its own LACPDUs never carries data, whatever the fallback is.
// The event and the log record come at once and then once a minute, and name the member's
// address.
func TestLoopIsToldAndCarriesNothingBOX32(t *testing.T) {
	for _, fallback := range []lacp.Fallback{lacp.FallbackNone, lacp.FallbackOne, lacp.FallbackAll} {
		t.Run(fallback.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var j journal
				looped, free := bondtest.NewCable("m0", "far0"), bondtest.NewCable("m1", "far1")
				defer looped.B.Close()
				cfg := bond.Config{Logger: j.logger(), LACP: bond.LACPConfig{Fallback: fallback, FallbackTimeout: 5 * time.Second}}
				b, err := bond.New(cfg, looped.A, free.A)
				if err != nil {
					t.Fatal(err)
				}
				defer b.Close()
				j.events = b.Watch(t.Context())
				stop := make(chan struct{})
				go reflect(looped, stop) // the first LACPDU too is seen by the watcher
				pass(150 * time.Second)
				want := []string{"m1"}
				if fallback == lacp.FallbackNone {
					want = nil
				}
				uses(t, "150 s after the start", b, want...)
				if got := b.Status().Members[0].Reason.Code; got != lacp.ReasonLoopbackSelf {
					t.Errorf("m0 is out for %v, want %v", got, lacp.ReasonLoopbackSelf)
				}
				events, records := j.drain()
				var told, logged int
				for _, e := range events {
					if e.Kind == bond.EventLoop {
						told++
						if e.Member != "m0" || e.Up || e.Source != lacp.MAC(looped.A.HardwareAddr()) {
							t.Errorf("event %+v, want m0, not up, source %v", e, looped.A.HardwareAddr())
						}
					}
				}
				for _, r := range records {
					if r["msg"] == "own LACPDU received" && r["member"] == "m0" && r["source"] == looped.A.HardwareAddr().String() {
						logged++
					}
				}
				if told != 3 || logged != 3 {
					t.Errorf("in 150 s %d events and %d records, want 3 of each", told, logged)
				}
				close(stop)
				pass(30 * time.Second)
				if fallback == lacp.FallbackAll {
					uses(t, "30 s after the loop is gone", b, "m0", "m1")
				}
			})
		})
	}
}

// A partner whose LACPDUs also arrive keeps the member in use. The bond reports the loop all
// the same.
func TestLoopBesideAPartnerBOX32(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		p := newPair(t, 2, bond.Config{Rate: bond.RateFast, Logger: j.logger()}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		j.events = p.a.Watch(t.Context())
		p.waitReady(t, 5*time.Second)
		pass(5 * time.Second)
		j.drain()
		for range 90 {
			inject(t, p.a, 0, p.cables[0], lacp.MAC(p.cables[0].A.HardwareAddr()), func(pdu *lacp.PDU) {
				pdu.Actor, pdu.Partner = pdu.Partner, pdu.Actor
			})
			pass(time.Second)
			uses(t, "with a loop and a partner", p.a, "a0", "a1")
		}
		events, records := j.drain()
		var told int
		for _, e := range events {
			if e.Kind == bond.EventLoop && e.Member == "a0" && e.Up {
				told++
			}
			if e.Kind == bond.EventMember {
				t.Errorf("event %+v, want no change of a member", e)
			}
		}
		logged := 0
		for _, r := range records {
			if r["msg"] == "own LACPDU received" && r["member"] == "a0" && r["carries_data"] == true {
				logged++
			}
		}
		if told != 2 || logged != 2 {
			t.Errorf("in 90 s %d events and %d records, want 2 of each", told, logged)
		}
		if got := p.a.Status().Members[0].LACP.Counters.LoopedRx; got != 90 {
			t.Errorf("LoopedRx %d, want 90", got)
		}
	})
}
