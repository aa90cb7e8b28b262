package chassis_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/lacp"
)

// bed is a partner with two links to each of two chassis, in virtual time.
type bed struct {
	t       *testing.T
	store   *chassistest.Memory
	network *chassistest.Network
	partner *bond.Bond
	boxes   map[chassis.ID]*chassisBox
}

// chassisBox is a chassis of a bed.
type chassisBox struct {
	*chassis.Chassis
	bond   *bond.Bond
	cables []*linktest.Cable
	got    chan time.Time // when its bond received frames
	apart  atomic.Bool    // it does not reach the store

	inPart    atomic.Bool          // it reads only a part of the reports
	mute      atomic.Bool          // it can't publish
	published atomic.Int64         // how often it has published
	withdrawn atomic.Int64         // how often it has withdrawn a report
	read      atomic.Int64         // how often it has read the reports
	group     func(*chassis.Group) // changes the group; nil: nothing
}

// access is a box's access to the store.
type access struct {
	chassis.Directory
	box *chassisBox
}

// wait waits in vain if the box does not reach the store.
func (a access) wait(ctx context.Context) error {
	if a.box.apart.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (a access) Do(ctx context.Context, lag string, op chassis.Op) (chassis.View, bool, error) {
	if err := a.wait(ctx); err != nil {
		return chassis.View{}, false, err
	}
	return a.Directory.Do(ctx, lag, op)
}

func (a access) Publish(ctx context.Context, me chassis.ID, lag string, text []byte) error {
	if err := a.wait(ctx); err != nil {
		return err
	}
	if a.box.mute.Load() {
		return errDenied
	}
	if text == nil {
		a.box.withdrawn.Add(1)
	} else {
		a.box.published.Add(1)
	}
	return a.Directory.Publish(ctx, me, lag, text)
}

func (a access) Published(ctx context.Context, lag string) (map[chassis.ID][]byte, error) {
	if err := a.wait(ctx); err != nil {
		return nil, err
	}
	a.box.read.Add(1)
	texts, err := a.Directory.Published(ctx, lag)
	if a.box.inPart.Load() {
		err = errors.Join(err, errors.New("a report is not valid"))
	}
	return texts, err
}

const lag = "uplink"

var systemAddr = net.HardwareAddr{2, 0, 0, 0, 0, 0x77}

func newBed(t *testing.T) *bed { return newBedOf(t, func(*bond.Config) {}) }

// newBedWith returns a bed whose chassis have finer settings of LACP.
func newBedWith(t *testing.T, c bond.LACPConfig) *bed {
	return newBedOf(t, func(own *bond.Config) { own.LACP = c })
}

// newBedOf returns a bed whose chassis have bonds with other settings.
func newBedOf(t *testing.T, change func(*bond.Config)) *bed {
	return newBedTo(t, bond.ModeLACP, change)
}

// newBedTo returns a bed with a partner in a mode.
func newBedTo(t *testing.T, mode bond.Mode, change func(*bond.Config)) *bed {
	b := &bed{t: t, store: chassistest.NewMemory(), network: chassistest.NewNetwork(1), boxes: make(map[chassis.ID]*chassisBox)}
	var far []link.Port
	for i, id := range []chassis.ID{"A", "B"} {
		box := &chassisBox{got: make(chan time.Time, 100_000)}
		var near []link.Port
		for n := range 2 {
			c := linktest.NewCable(string(id)+strconv.Itoa(n), "far"+string(id)+strconv.Itoa(n))
			near, far, box.cables = append(near, c.A), append(far, c.B), append(box.cables, c)
		}
		c := bond.Config{
			Name: string(id), Rate: bond.RateFast, NeedsPermission: true, SystemAddr: systemAddr, HardwareAddr: systemAddr,
			PortBase: chassis.PortBase(i + 1),
		}
		change(&c)
		own, err := bond.New(c, near...)
		if err != nil {
			t.Fatal(err)
		}
		box.bond, b.boxes[id] = own, box
		go box.receive()
	}
	var err error
	if b.partner, err = bond.New(bond.Config{Name: "partner", Mode: mode, Rate: bond.RateFast}, far...); err != nil {
		t.Fatal(err)
	}
	return b
}

// receive notes when frames arrive.
func (b *chassisBox) receive() {
	buf := make([]byte, 2000)
	for {
		if _, err := b.bond.Receive(buf); err != nil {
			return
		}
		b.got <- time.Now()
	}
}

// pair makes A join, which then carries the data, and B.
func (b *bed) pair() {
	b.t.Helper()
	b.join("A", chassis.LAG{})
	b.carries(5*time.Second, "A")
	b.join("B", chassis.LAG{})
	b.carries(5*time.Second, "A")
}

// join makes a box join the group.
func (b *bed) join(id chassis.ID, o chassis.LAG) {
	b.t.Helper()
	b.joinWith(id, b.boxes[id].bond, o)
}

// joinWith makes a box join the group with a carrier of its own.
func (b *bed) joinWith(id chassis.ID, carrier chassis.Carrier, o chassis.LAG) {
	b.t.Helper()
	other := chassis.ID("B")
	if id == "B" {
		other = "A"
	}
	g := chassis.Group{
		Name: "test", Me: id, Others: []chassis.ID{other}, Secret: []byte("0123456789abcdef"), Hold: hold,
		Transport: b.network.Open(id),
	}
	if change := b.boxes[id].group; change != nil {
		change(&g)
	}
	c, err := chassis.Join(g, access{b.store.OpenDirectory(), b.boxes[id]})
	if err != nil {
		b.t.Fatal(err)
	}
	b.boxes[id].Chassis = c
	if err := c.Add(lag, carrier, o); err != nil {
		b.t.Fatal(err)
	}
}

// close ends the bed.
func (b *bed) close() {
	for _, box := range b.boxes {
		if box.Chassis != nil {
			_ = box.Close(b.t.Context()) // it may be closed already
		}
		if err := box.bond.Close(); err != nil {
			b.t.Error(err)
		}
	}
	if err := b.partner.Close(); err != nil {
		b.t.Error(err)
	}
}

// carries returns the chassis whose links the partner uses, after time for that.
func (b *bed) carries(within time.Duration, want string) {
	b.t.Helper()
	time.Sleep(within)
	synctest.Wait()
	got := map[byte]int{}
	for _, m := range b.partner.Status().Members {
		if m.Carries {
			got[m.Name[3]]++
		}
	}
	if len(want) == 0 && len(got) == 0 || len(want) == 1 && len(got) == 1 && got[want[0]] == 2 {
		return
	}
	b.t.Fatalf("after %v the partner uses links %v, want two to %q", within, got, want)
}

// flood makes the partner send frames of many flows each millisecond until the end of stop, and returns
// how many it has sent.
func (b *bed) flood(stop <-chan struct{}) (sent int) {
	f := make([]byte, 100)
	copy(f, systemAddr)
	copy(f[6:], []byte{2, 0, 0, 0, 0, 1, 0x88, 0xb5})
	for {
		select {
		case <-stop:
			return sent
		case <-time.After(time.Millisecond):
		}
		for flow := range 8 {
			f[11] = byte(flow)
			binary.BigEndian.PutUint32(f[20:], uint32(sent))
			if b.partner.Send(f) == nil {
				sent++
			}
		}
	}
}

// silence floods while change runs and for a while after it. It returns the longest time without a
// frame at the chassis together, and whether one received after the other had begun to.
func (b *bed) silence(within time.Duration, change func()) (longest time.Duration, sent, got int) {
	b.t.Helper()
	for _, box := range b.boxes {
		for len(box.got) > 0 {
			<-box.got
		}
	}
	stop, count := make(chan struct{}), make(chan int)
	go func() { count <- b.flood(stop) }()
	time.Sleep(100 * time.Millisecond)
	change()
	time.Sleep(within)
	close(stop)
	sent = <-count
	synctest.Wait()
	var times [2][]time.Time
	for i, id := range []chassis.ID{"A", "B"} {
		for len(b.boxes[id].got) > 0 {
			times[i] = append(times[i], <-b.boxes[id].got)
		}
	}
	a, other := times[0], times[1]
	got = len(a) + len(other)
	if len(a) == 0 || len(other) == 0 {
		b.t.Fatalf("A received %d frames and B %d, want both to", len(a), len(other))
	}
	if a[0].After(other[0]) {
		a, other = other, a
	}
	if last := a[len(a)-1]; !last.Before(other[0].Add(time.Millisecond)) {
		b.t.Errorf("the first chassis received at %v, after the second one at %v", last, other[0])
	}
	all := append(a, other...)
	for i := range all[1:] {
		longest = max(longest, all[i+1].Sub(all[i]))
	}
	return longest, sent, got
}

func TestChassisTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		if r := b.boxes["B"].bond.Status().Members[0].Reason; r.String() != "StandbyChassis (A)" {
			t.Errorf("a link of B: reason %v, want StandbyChassis (A)", r)
		}
		if st := b.boxes["B"].bond.Status().Members[0].LACP; st.Receive != lacp.ReceiveCurrent {
			t.Errorf("a link of B: Receive machine %v, want CURRENT", st.Receive)
		}
		longest, sent, got := b.silence(time.Second, func() {
			if err := b.boxes["A"].HandOver(t.Context(), lag, "B"); err != nil {
				t.Error(err)
			}
		})
		b.carries(0, "B")
		t.Logf("planned: silence %v, %d of %d frames lost", longest, sent-got, sent)
		if longest > 30*time.Millisecond {
			t.Errorf("planned change: silence %v, want at most 30 ms", longest)
		}
		if err := b.boxes["A"].HandOver(t.Context(), lag, "B"); err == nil {
			t.Error("A hands over although it is not active")
		}
		longest, _, _ = b.silence(time.Second, func() { _ = b.boxes["B"].Close(t.Context()) })
		b.carries(0, "A")
		if longest > 30*time.Millisecond {
			t.Errorf("B leaves the group: silence %v, want at most 30 ms", longest)
		}
	})
}

// cutOff cuts two boxes from each other.
func (b *bed) cutOff(id, other chassis.ID) {
	b.network.Cut(id, other)
	b.network.Cut(other, id)
}

// isolate cuts a box from the other one and from the store.
func (b *bed) isolate(id, other chassis.ID) {
	b.cutOff(id, other)
	b.boxes[id].apart.Store(true)
}

func TestActiveChassisDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		longest, sent, got := b.silence(3*time.Second, func() {
			b.isolate("A", "B")
			for _, c := range b.boxes["A"].cables {
				c.SetUp(false)
			}
		})
		b.carries(0, "B")
		t.Logf("death: silence %v, %d of %d frames lost", longest, sent-got, sent)
		if limit := 900 * time.Millisecond; longest > limit {
			t.Errorf("silence %v, want at most %v", longest, limit)
		}
	})
}

// The active chassis is cut from all others but its links work. It closes in time, and no frame
// arrives there once the other one carries the LAG.
func TestActiveChassisIsIsolated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		longest, sent, got := b.silence(3*time.Second, func() { b.isolate("A", "B") })
		b.carries(0, "B")
		t.Logf("isolation: silence %v, %d of %d frames lost", longest, sent-got, sent)
		if longest > hold {
			t.Errorf("silence %v, want at most %v", longest, hold)
		}
		b.network.Heal()
		b.boxes["A"].apart.Store(false)
		b.carries(5*time.Second, "B")
	})
}

// Without the store the active chassis goes on as long as the other one grants. Without both it stops
// within the hold time.
func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		b.store.Fail(errors.New("no quorum"))
		b.network.Lose(0.1)
		for range 100 {
			b.carries(100*time.Millisecond, "A")
		}
		b.cutOff("A", "B")
		time.Sleep(hold + 50*time.Millisecond)
		b.carries(0, "")
		if r := b.boxes["A"].bond.Status().Members[0].Reason.Code; r != lacp.ReasonPermissionLost {
			t.Errorf("a link of A: reason %v, want PermissionLost", r)
		}
		b.store.Fail(nil)
		b.network.Heal()
		b.network.Lose(0)
		time.Sleep(5 * time.Second)
		a, err := b.boxes["A"].Status(lag)
		if err != nil || a.View.Active == "" {
			t.Errorf("status %+v, %v; want an active chassis", a, err)
		}
		b.carries(0, string(a.View.Active))
	})
}

// A chassis that is not ready does not carry the LAG.
func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("A", chassis.LAG{NeedsReady: true})
		b.carries(5*time.Second, "")
		if r := b.boxes["A"].bond.Status().Members[0].Reason; r.Code != lacp.ReasonNotReady {
			t.Errorf("a link of A: reason %v, want NotReady", r)
		}
		if err := b.boxes["A"].SetReady(lag, true); err != nil {
			t.Fatal(err)
		}
		b.carries(time.Second, "A")
		b.join("B", chassis.LAG{})
		b.carries(5*time.Second, "A")
		if err := b.boxes["A"].SetReady(lag, false); err != nil {
			t.Fatal(err)
		}
		b.carries(time.Second, "B")
	})
}

func TestJoinErrors(t *testing.T) {
	network, store := chassistest.NewNetwork(1), chassistest.NewMemory()
	valid := func() chassis.Group {
		return chassis.Group{Name: "g", Me: "A", Others: []chassis.ID{"B"}, Secret: make([]byte, 16), Transport: network.Open("A")}
	}
	long := chassis.ID(make([]byte, 65))
	for field, change := range map[string]func(*chassis.Group){
		"Name":      func(g *chassis.Group) { g.Name = "" },
		"Me":        func(g *chassis.Group) { g.Me = long },
		"Others":    func(g *chassis.Group) { g.Others = []chassis.ID{long} },
		"Secret":    func(g *chassis.Group) { g.Secret = g.Secret[1:] },
		"Transport": func(g *chassis.Group) { g.Transport = nil },
		"Hold":      func(g *chassis.Group) { g.Hold = time.Millisecond },

		"GoneIsProof": func(g *chassis.Group) { g.GoneIsProof = true },
	} {
		g := valid()
		change(&g)
		s := store.Open()
		var refused *lacp.FieldError
		if _, err := chassis.Join(g, s); !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("%s: %v, want a FieldError of it", field, err)
		}
		if _, _, err := s.Do(t.Context(), lag, chassis.Op{}); !errors.Is(err, chassistest.ErrClosed) {
			t.Errorf("%s: the store gives %v after Join failed, want ErrClosed", field, err)
		}
	}
	c, err := chassis.Join(valid(), store.Open())
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"SetReady": c.SetReady(lag, true), "HandOver": c.HandOver(t.Context(), lag, ""),
		"Status": func() error { _, err := c.Status(lag); return err }(),
		"Change": c.Change(lag, chassis.LAG{}), "Remove": c.Remove(t.Context(), lag),
	} {
		if !errors.Is(err, chassis.ErrNoLAG) {
			t.Errorf("%s of a LAG that was not added: %v, want ErrNoLAG", what, err)
		}
	}
	for field, o := range map[string]chassis.LAG{
		"Settings": settings("", "x"), "OnIsolation": {OnIsolation: 2}, "MinScore": {MinScore: -1},
	} {
		var refused *lacp.FieldError
		if err := c.Add(lag, nil, o); !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("Add with a wrong %s: %v, want a FieldError of it", field, err)
		}
	}
	if err := c.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if err := c.Close(context.Background()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a second Close: %v, want ErrClosed", err)
	}
	if err := c.Add(lag, nil, chassis.LAG{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Add after Close: %v, want ErrClosed", err)
	}
}
