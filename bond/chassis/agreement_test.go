package chassis_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// status returns a box's status of the LAG.
func (b *bed) status(id chassis.ID) chassis.Status {
	b.t.Helper()
	st, err := b.boxes[id].Status(lag)
	if err != nil {
		b.t.Fatal(err)
	}
	return st
}

// reason fails the test unless the links of a box have a reason.
func (b *bed) reason(id chassis.ID, want string) {
	b.t.Helper()
	if got := b.boxes[id].bond.Status().Members[0].Reason.String(); got != want {
		b.t.Errorf("a link of %s: reason %s, want %s", id, got, want)
	}
}

// settings describes the LAG with one setting.
func settings(name, value string) chassis.LAG {
	return chassis.LAG{Settings: map[string]string{name: value}}
}

// Each chassis sees the links, the partner and the settings of the other one.
func TestChassisSeeEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("A", settings("mtu", "1500"))
		b.carries(5*time.Second, "A")
		b.join("B", settings("mtu", "1500"))
		b.carries(5*time.Second, "A")
		partner := b.partner.Status().System
		for id, other := range map[chassis.ID]chassis.ID{"A": "B", "B": "A"} {
			st := b.status(id)
			if len(st.Differences) != 0 {
				t.Errorf("%s differs: %v", id, st.Differences)
			}
			if len(st.Peers) != 1 || st.Peers[0].ID != other || st.Peers[0].Report == nil {
				t.Fatalf("%s sees %+v, want a report of %s", id, st.Peers, other)
			}
			r := st.Peers[0].Report
			if p, links := r.Partner(); p.System != partner || links != 2 || r.Usable() != 2 || !r.Ready {
				t.Errorf("%s sees partner %v at %d of %d links of %s, ready %v; want %v at 2 of 2, ready", id, p.System, links, r.Usable(), other, r.Ready, partner)
			}
			if want := map[string]string{"mtu": "1500", "hold": "500ms", "drift": "0.025"}; !maps.Equal(r.Settings, want) {
				t.Errorf("%s sees settings %v of %s, want %v", id, r.Settings, other, want)
			}
			if st.Store.Err != nil || st.Store.Contact > hold+50*time.Millisecond || !st.Known {
				t.Errorf("%s: store %+v, want contact in the last %v", id, st.Store, hold)
			}
		}
		if err := b.boxes["A"].Close(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if st := b.status("B"); st.Peers[0].Report != nil {
			t.Errorf("A has left: B sees its report %+v", st.Peers[0].Report)
		}
	})
}

// A chassis with another setting stands by, and its links give both values, until it is mended. The one that
// carries the LAG goes on.
func TestChassisThatDiffersStandsBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("A", settings("mtu", "9000"))
		b.carries(5*time.Second, "A")
		b.join("B", settings("mtu", "1500"))
		b.carries(5*time.Second, "A")
		b.reason("B", "ChassisDiffers (have mtu 1500, want mtu 9000 of A)")
		b.reason("A", "Distributing")
		want := chassis.Difference{Chassis: "A", Name: "mtu", Code: lacp.ReasonChassisDiffers, Have: "1500", Want: "9000"}
		if got := b.status("B").Differences; !slices.Equal(got, []chassis.Difference{want}) {
			t.Errorf("differences of B: %+v, want %+v", got, want)
		}
		if err := b.boxes["A"].HandOver(t.Context(), lag, "B"); err == nil {
			t.Error("A hands over to a chassis that differs")
		}
		if err := b.boxes["B"].Change(lag, settings("mtu", "9000")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		b.reason("B", "StandbyChassis (A)")
		if err := b.boxes["A"].HandOver(t.Context(), lag, "B"); err != nil {
			t.Errorf("A hands over to a chassis that was mended: %v", err)
		}
		b.carries(time.Second, "B")
	})
}

// After the death of the active chassis its settings matter until the store has dropped its report.
func TestSettingsOfADeadChassis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("A", settings("mtu", "9000"))
		b.carries(5*time.Second, "A")
		b.join("B", settings("mtu", "1500"))
		b.carries(5*time.Second, "A")
		b.isolate("A", "B")
		b.carries(5*time.Second, "")
		b.reason("B", "ChassisDiffers (have mtu 1500, want mtu 9000 of A)")
		if err := b.store.OpenDirectory().Publish(t.Context(), "A", lag, nil); err != nil { // its lease ends
			t.Fatal(err)
		}
		b.carries(5*time.Second, "B")
	})
}

// A chassis whose software is newer keeps the others from taking over.
func TestNewerVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		d := b.store.OpenDirectory()
		newer := func() {
			t.Helper()
			if err := d.Publish(t.Context(), "A", lag, []byte(`{"v":2,"anything":0}`)); err != nil {
				t.Fatal(err)
			}
		}
		b.boxes["A"].apart.Store(true) // it goes on by the grants of B, and does not publish again
		newer()
		b.carries(3*time.Second, "A")
		b.reason("B", "ChassisDiffers (have version 1, want version 2 of A)")
		b.cutOff("A", "B")
		b.carries(5*time.Second, "")
	})
}

// A report that is not valid is reported once, and does no other harm.
func TestInvalidReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("B", chassis.LAG{})
		b.carries(5*time.Second, "B")
		ctx, cancel := context.WithCancel(t.Context())
		events := b.boxes["B"].Watch(ctx)
		d := b.store.OpenDirectory()
		for i, text := range []string{"", "{", "{", `{"v":1}`, `{"v":1,"boot":"1","digest":"e3b0c44298fc1c14","ports":[{"n":1,"is":"x"}]}`, strings.Repeat("x", 4096)} {
			if err := d.Publish(t.Context(), "A", lag, []byte(text)); err != nil {
				t.Fatalf("text %d: %v", i, err)
			}
			time.Sleep(time.Second)
		}
		for range 10 { // of a chassis that is not of the group
			if err := d.Publish(t.Context(), "Z", lag, []byte("{")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		cancel()
		bad := 0
		for e := range events {
			if e.Kind == chassis.EventReport {
				bad++
				if e.Chassis != "A" || e.Err == nil || e.LAG != lag {
					t.Errorf("event %+v, want one about A with an error", e)
				}
			}
		}
		if bad != 5 {
			t.Errorf("%d events about reports, want 5: one for each text", bad)
		}
		b.carries(0, "B")
	})
}

// Reports are published at once, then once a second at most, and not without need.
func TestReportsAreCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		time.Sleep(5 * time.Second)
		a := b.boxes["A"]
		before, read := a.published.Load(), a.read.Load()
		time.Sleep(time.Minute)
		if got := a.published.Load() - before; got != 0 {
			t.Errorf("%d reports in a minute without changes, want none", got)
		}
		if got := a.read.Load() - read; got < 11 || got > 13 {
			t.Errorf("the reports were read %d times in a minute without hints, want each 5 s", got)
		}
		for range 100 {
			a.cables[0].SetUp(false)
			time.Sleep(150 * time.Millisecond)
			a.cables[0].SetUp(true)
			time.Sleep(150 * time.Millisecond)
		}
		if got := a.published.Load() - before; got < 15 || got > 31 {
			t.Errorf("%d reports in 30 s with a link that flaps, want at most one a second, and at least one in two", got)
		}
	})
}

// The second of two changes is published a second after the first one.
func TestSecondChangeIsNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		time.Sleep(5 * time.Second)
		for _, value := range []string{"1", "2"} {
			if err := b.boxes["A"].Change(lag, settings("mtu", value)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
		}
		if got := b.status("B").Peers[0].Report.Settings["mtu"]; got != "1" {
			t.Errorf("0.6 s after the first change B sees mtu %q, want 1", got)
		}
		time.Sleep(900 * time.Millisecond)
		if got := b.status("B").Peers[0].Report.Settings["mtu"]; got != "2" {
			t.Errorf("1.2 s after the second change B sees mtu %q, want 2", got)
		}
	})
}

// A report that could not be published is, once that works again. So is a withdrawal.
func TestPublishingIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		a := b.boxes["A"]
		a.mute.Store(true)
		b.pair()
		if r := b.status("B").Peers[0].Report; r != nil {
			t.Fatalf("A can't publish: B sees %+v", r)
		}
		a.mute.Store(false)
		time.Sleep(2 * time.Second)
		if r := b.status("B").Peers[0].Report; r == nil {
			t.Error("A can publish again: B sees no report")
		}
		a.mute.Store(true)
		if err := a.Remove(t.Context(), lag); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if r := b.status("B").Peers[0].Report; r == nil {
			t.Error("the withdrawal is not possible: B sees no report")
		}
		a.mute.Store(false)
		time.Sleep(2 * time.Second)
		if r := b.status("B").Peers[0].Report; r != nil || a.withdrawn.Load() != 1 {
			t.Errorf("the withdrawal is possible: B sees %+v, %d withdrawals; want none, 1", r, a.withdrawn.Load())
		}
		if err := a.Add(lag, a.bond, chassis.LAG{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if r := b.status("B").Peers[0].Report; r == nil {
			t.Error("the LAG was added again: B sees no report")
		}
		if err := a.Close(t.Context()); err != nil || a.withdrawn.Load() != 2 {
			t.Errorf("Close: %v, %d withdrawals; want 2", err, a.withdrawn.Load())
		}
	})
}

// plain is a store that is no Directory.
type plain struct{ chassis.Store }

// Without a Directory the chassis take turns, and compare nothing.
func TestPlainStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		for i, id := range []chassis.ID{"A", "B"} {
			c, err := chassis.Join(chassis.Group{
				Name: "test", Me: id, Others: []chassis.ID{"B", "A"}[i : i+1], Secret: []byte("0123456789abcdef"), Hold: hold,
				Transport: b.network.Open(id),
			}, plain{b.store.Open()})
			if err != nil {
				t.Fatal(err)
			}
			b.boxes[id].Chassis = c
			if err := c.Add(lag, b.boxes[id].bond, settings("mtu", string(id))); err != nil {
				t.Fatal(err)
			}
			b.carries(5*time.Second, "A")
		}
		if err := b.boxes["A"].HandOver(t.Context(), lag, "B"); err != nil {
			t.Error(err)
		}
		b.carries(time.Second, "B")
		if st := b.status("A"); len(st.Differences) != 0 || st.Peers[0].Report != nil {
			t.Errorf("differences %v, report %+v; want none", st.Differences, st.Peers[0].Report)
		}
	})
}

// A report that the store has lost, as with a lease, is published again.
func TestLostReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		if err := b.store.OpenDirectory().Publish(t.Context(), "A", lag, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if st := b.status("B"); st.Peers[0].Report == nil {
			t.Error("A has not published its report again")
		}
	})
}

// Two boxes of one image have one name. Both notice, and the one that stands by does not take over.
func TestTwoChassisOfOneName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		ctx, cancel := context.WithCancel(t.Context())
		events := b.boxes["B"].Watch(ctx)
		d := b.store.OpenDirectory()
		for range 8 {
			if err := d.Publish(t.Context(), "B", lag, []byte(`{"v":1,"boot":"7","digest":"e3b0c44298fc1c14"}`)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(1500 * time.Millisecond)
		}
		b.reason("B", "ChassisDiffers (have chassis B, want a name of its own)")
		time.Sleep(time.Minute) // the other one is gone
		b.reason("B", "StandbyChassis (A)")
		cancel()
		names := 0
		for e := range events {
			if e.Kind == chassis.EventName {
				names++
			}
		}
		if names != 1 {
			t.Errorf("%d events about the name, want 1", names)
		}
	})
}

// An older report of this chassis is replaced, and is none of another chassis.
func TestOlderReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		d := b.store.OpenDirectory()
		texts, err := d.Published(t.Context(), lag)
		if err != nil {
			t.Fatal(err)
		}
		events := b.watch("B")
		if err := b.boxes["B"].Change(lag, settings("mtu", "2")); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			time.Sleep(1500 * time.Millisecond)
			if err := d.Publish(t.Context(), "B", lag, texts["B"]); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(1500 * time.Millisecond)
		if r := b.status("A").Peers[0].Report; r == nil || r.Settings["mtu"] != "2" {
			t.Errorf("A sees report %+v of B, want the newest", r)
		}
		if got := events.stop(); slices.Contains(got, "Name B false") {
			t.Errorf("events %q, want none about the name", got)
		}
	})
}

// failing is a store that holds no reports.
type failing struct{ chassis.Directory }

var errDenied = errors.New("permission denied")

func (failing) Publish(context.Context, chassis.ID, string, []byte) error { return errDenied }

func (failing) Published(context.Context, string) (map[chassis.ID][]byte, error) {
	return nil, errDenied
}

// Reports that can be read count, though the store reports an error for others.
func TestReportsInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		b.boxes["A"].inPart.Store(true)
		if err := b.boxes["B"].Change(lag, settings("mtu", "1")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if st := b.status("A"); st.Peers[0].Report == nil || st.Peers[0].Report.Settings["mtu"] != "1" {
			t.Errorf("A sees report %+v of B, want the new one", st.Peers[0].Report)
		}
	})
}

// A store that holds no reports is reported, and is enough to carry the LAG.
func TestReportsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		log := new(lines)
		c, err := chassis.Join(chassis.Group{
			Name: "test", Me: "A", Others: []chassis.ID{"B"}, Secret: []byte("0123456789abcdef"), Hold: hold,
			Transport: b.network.Open("A"), Logger: slog.New(slog.NewTextHandler(log, nil)),
		}, failing{b.store.OpenDirectory()})
		if err != nil {
			t.Fatal(err)
		}
		b.boxes["A"].Chassis = c
		if err := c.Add(lag, b.boxes["A"].bond, chassis.LAG{}); err != nil {
			t.Fatal(err)
		}
		b.carries(20*time.Second, "A")
		if got := log.count(errDenied.Error()); got != 2 {
			t.Errorf("%d lines with %q in the log, want one for writing and one for reading:\n%s", got, errDenied, log)
		}
	})
}

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) count(part string) int { return strings.Count(l.String(), part) }

// The ports of the other chassis are given to the bond. Those of a chassis that stands by, or did, count for
// nothing.
func TestForeignPortsCountForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		carrier := &recorder{Carrier: b.boxes["B"].bond}
		b.join("A", chassis.LAG{})
		b.carries(5*time.Second, "A")
		b.joinWith("B", carrier, chassis.LAG{})
		b.carries(5*time.Second, "A")
		got := carrier.last()
		if len(got) != 2 || got[0].Port.Number != 4097 || got[0].Partner.System != b.partner.Status().System {
			t.Fatalf("ports of A: %+v, want two from 4097 on, with their partner", got)
		}
		for _, f := range got {
			if f.Usable || f.Attached || f.Distributing || f.FallbackDue {
				t.Errorf("port %+v counts", f)
			}
		}
		if err := b.boxes["B"].Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := carrier.last(); len(got) != 0 {
			t.Errorf("after Close: %d ports, want none", len(got))
		}
	})
}

// recorder notes the ports that a carrier is given.
type recorder struct {
	chassis.Carrier
	mu    sync.Mutex
	ports []lacp.Foreign
}

func (r *recorder) SetForeign(ports []lacp.Foreign) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ports = slices.Clone(ports)
	return nil
}

func (r *recorder) last() []lacp.Foreign {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ports
}

// With a limit of links, a chassis that takes over uses all that the limit allows at once, although the store
// still has the report of the chassis that was active before.
func TestLimitOfLinksMovesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBedWith(t, bond.LACPConfig{MaxLinks: 2})
		defer b.close()
		b.pair()
		longest, _, _ := b.silence(time.Second, func() {
			if err := b.boxes["A"].HandOver(t.Context(), lag, "B"); err != nil {
				t.Error(err)
			}
		})
		b.carries(0, "B")
		if longest > 30*time.Millisecond {
			t.Errorf("silence %v, want at most 30 ms", longest)
		}
	})
}
