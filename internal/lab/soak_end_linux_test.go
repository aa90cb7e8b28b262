package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// interfaceLink is the type that OpenLink returns.
type interfaceLink interface {
	bond.Link
	SetHardwareAddr(net.HardwareAddr) error
	InterfaceAddr() (now, found net.HardwareAddr, err error)
	SetMTU(int) error
	MTU() (int, error)
	Stats() bond.LinkStats
	State() (bond.LinkState, bool)
	Mark() uint32
	Passed(uint32) bool
}

// stamped is an interface that writes its number into the frames that it receives, so that the
// receiver knows the member of a frame. Now and then it is late, like links of unequal length
// or load. A flow that moves too early then overtakes itself.
type stamped struct {
	interfaceLink
	member byte
}

const (
	soakFrame = 200 // octets

	offFlow, offSeq, offSent, offMember = 42, 46, 50, 58
)

func (l stamped) Read(bufs [][]byte, frames []bond.Frame) (int, error) {
	n, err := l.interfaceLink.Read(bufs, frames)
	if rand.IntN(32) == 0 {
		<-time.After(5 * time.Millisecond)
	}
	for _, f := range frames[:n] {
		if len(f.Data) == soakFrame {
			f.Data[offMember] = l.member
		}
	}
	return n, err
}

// soakEnd is one of the two bonds, with the frames that it sends and receives.
type soakEnd struct {
	*bond.Bond
	ns     *netlab.NS
	prefix string
	dir    string
	start  time.Time

	offered  uint64
	sending  time.Duration
	received atomic.Uint64

	mu     sync.Mutex
	last   [soakFlows]seen
	late   []lateFrame
	losses []memberLoss // of members that it sent on
}

// seen is the newest frame of a flow.
type seen struct {
	seq    uint32
	member byte
}

// lateFrame is a frame that arrived after a later one of its flow.
type lateFrame struct {
	flow, seq uint32
	member    byte
	behind    seen
	sent, at  time.Duration // since the start
}

// memberLoss is the loss of a member that the bond did not choose.
type memberLoss struct {
	member int
	at     time.Duration
	why    string
}

func (l memberLoss) String() string {
	return fmt.Sprintf("%s (%s)", soakName(l.member), l.why)
}

func (e *soakEnd) name(i int) string { return e.prefix + soakName(i) }

// link opens the interface of a member.
func (e *soakEnd) link(i int, addr net.HardwareAddr) (bond.Link, error) {
	var l bond.Link
	err := e.ns.Do(func() (err error) {
		l, err = bond.OpenLink(bond.LinkConfig{Name: e.name(i), HardwareAddr: addr, StateDir: e.dir})
		return err
	})
	if err != nil {
		return nil, err
	}
	return stamped{l.(interfaceLink), byte(i)}, nil
}

func (e *soakEnd) open(t *testing.T) {
	t.Helper()
	var links []bond.Port
	var addr net.HardwareAddr
	for i := range soakMembers {
		l, err := e.link(i, addr)
		if err != nil {
			t.Fatal(err)
		}
		if addr == nil {
			addr = l.HardwareAddr()
		}
		links = append(links, l)
	}
	var err error
	e.Bond, err = bond.New(bond.Config{Rate: bond.RateFast, Hash: hash.Layer34, Resilient: true, HardwareAddr: addr,
		AggregateWait: -1, FlushTimeout: time.Second}, links...)
	if err != nil {
		t.Fatal(err)
	}
}

// rejoin removes a member and adds it again.
func (e *soakEnd) rejoin(i int) error {
	if err := e.RemoveMember(e.name(i)); err != nil {
		return err
	}
	l, err := e.link(i, e.HardwareAddr())
	if err != nil {
		return err
	}
	return e.AddMember(l)
}

// watch records when members that were sending data are lost. It leaves out members that the
// test drained or removed.
func (e *soakEnd) watch(ctx context.Context) {
	inUse := make(map[string]bool)
	for ev := range e.Watch(ctx) {
		switch {
		case ev.Kind == bond.EventRemoved:
			inUse[ev.Member] = false
		case ev.Kind != bond.EventMember:
		case ev.Up || inUse[ev.Member] && ev.Reason.Code == lacp.ReasonDraining:
			inUse[ev.Member] = true
		case inUse[ev.Member]:
			inUse[ev.Member] = false
			e.mu.Lock()
			e.losses = append(e.losses, memberLoss{int(ev.Member[len(ev.Member)-1] - '0'), ev.At.Sub(e.start), ev.Reason.String()})
			e.mu.Unlock()
		}
	}
}

// send sends at a rate until stop is closed.
func (e *soakEnd) send(rate int, stop <-chan struct{}) {
	const most = 64
	frames := make([][]byte, most)
	for i := range frames {
		frames[i] = make([]byte, soakFrame)
		copy(frames[i], []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45})
		frames[i][23] = 17
		copy(frames[i][26:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	defer func() { e.sending = time.Since(begin) }()
	owed, before := 0.0, begin
	for {
		now := time.Now()
		// The backlog is limited to a tenth of a second; the rest is not sent.
		owed = min(owed+now.Sub(before).Seconds()*float64(rate), float64(rate)/10)
		before = now
		n := min(int(owed), most)
		if n == 0 {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			continue
		}
		owed -= float64(n)
		for _, f := range frames[:n] {
			e.offered++
			flow := uint32(e.offered % soakFlows)
			f[29] = byte(flow) // any policy spreads the flows
			binary.BigEndian.PutUint16(f[34:], uint16(1024+flow*7))
			binary.BigEndian.PutUint16(f[36:], 9)
			binary.BigEndian.PutUint32(f[offFlow:], flow)
			binary.BigEndian.PutUint32(f[offSeq:], uint32(e.offered))
			binary.BigEndian.PutUint64(f[offSent:], uint64(now.Sub(e.start)))
		}
		_, _ = e.SendBatch(frames[:n]) // frames that it refuses are counted there
	}
}

func (e *soakEnd) receive() {
	bufs, sizes := make([][]byte, 256), make([]int, 256)
	for i := range bufs {
		bufs[i] = make([]byte, 2048)
	}
	for {
		n, err := e.ReceiveBatch(bufs, sizes)
		if err != nil {
			return
		}
		e.received.Add(uint64(n))
		at := time.Since(e.start)
		e.mu.Lock()
		for i, f := range bufs[:n] {
			if sizes[i] == soakFrame {
				e.take(f, at)
			}
		}
		e.mu.Unlock()
	}
}

func (e *soakEnd) take(f []byte, at time.Duration) {
	flow, now := binary.BigEndian.Uint32(f[offFlow:])%soakFlows, seen{binary.BigEndian.Uint32(f[offSeq:]), f[offMember]}
	if last := e.last[flow]; now.seq > last.seq {
		e.last[flow] = now
	} else {
		sent := time.Duration(binary.BigEndian.Uint64(f[offSent:]))
		e.late = append(e.late, lateFrame{flow, now.seq, now.member, last, sent, at})
	}
}

// judge returns how many frames came late in the last turn, and describes those that must not
// have. These came by a member that the sender has not lost since it sent them.
func (e *soakEnd) judge(sender *soakEnd) (late int, wrong []string) {
	e.mu.Lock()
	frames := e.late
	e.late = nil
	e.mu.Unlock()
	sender.mu.Lock()
	defer sender.mu.Unlock()
	for _, f := range frames {
		if !sender.lost(&f) {
			wrong = append(wrong, fmt.Sprintf("flow %d: frame %d, sent at %v, came by member %d at %v, after frame %d by member %d",
				f.flow, f.seq, f.sent, f.member, f.at, f.behind.seq, f.behind.member))
		}
	}
	return len(frames), wrong
}

// tellLate is how long after a loss its report may come.
const tellLate = time.Second

// lost reports whether the member of a frame was lost between its sending and its arrival.
// Frames that were under way there may arrive at any time.
func (e *soakEnd) lost(f *lateFrame) bool {
	for _, l := range e.losses {
		if l.member == int(f.member) && l.at >= f.sent && l.at <= f.at+tellLate {
			return true
		}
	}
	return false
}

// lossesSince returns which members were lost since a time.
func (e *soakEnd) lossesSince(from time.Duration) (all []memberLoss) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.losses {
		if l.at >= from {
			all = append(all, l)
		}
	}
	return all
}

// addUp checks that every frame sent to the other end is accounted for.
func (e *soakEnd) addUp(t *testing.T, other *soakEnd, cut bool) {
	t.Helper()
	sum := func(b *bond.Bond) (bond.BondCounters, bond.Counters) {
		st := b.Status()
		c := st.Former
		for _, m := range st.Members {
			c.TxFrames += m.Counters.TxFrames
			c.TxErrors += m.Counters.TxErrors
			c.RxFrames += m.Counters.RxFrames
			c.RxNotCollecting += m.Counters.RxNotCollecting
			c.Link.KernelDrops += m.Counters.Link.KernelDrops
		}
		return st.Counters, c
	}
	here, sent := sum(e.Bond)
	there, came := sum(other.Bond)
	received := other.received.Load()
	if out := sent.TxFrames + sent.TxErrors + here.TxNoMember + here.TxHoldDropped; e.offered != out {
		t.Errorf("%s: %d frames offered: %d sent, %d refused by links, %d without a member, %d too many to hold; %d in all",
			e.prefix, e.offered, sent.TxFrames, sent.TxErrors, here.TxNoMember, here.TxHoldDropped, out)
	}
	if out := received + came.RxNotCollecting + there.RxDropped + there.RxMalformed; came.RxFrames != out {
		t.Errorf("%s: %d frames arrived: %d received, %d not collected, %d without room; %d in all",
			other.prefix, came.RxFrames, received, came.RxNotCollecting, there.RxDropped, out)
	}
	under := int64(sent.TxFrames) - int64(came.RxFrames) - int64(came.Link.KernelDrops)
	if under < 0 || under > 0 && !cut {
		t.Errorf("%s: %d frames sent, %d arrived and %d dropped by the kernel; no cable was cut and no member removed", e.prefix,
			sent.TxFrames, came.RxFrames, came.Link.KernelDrops)
	}
	t.Logf("%s: %.0f frames a second; %d offered, %d sent, %d refused by links, %d held, %d too many to hold, %d without a member; "+
		"%d lost with a cable; %d arrived, %d dropped by the kernel, %d not collected, %d without room, %d received", e.prefix,
		float64(e.offered)/e.sending.Seconds(), e.offered, sent.TxFrames, sent.TxErrors, here.TxHeld, here.TxHoldDropped, here.TxNoMember,
		under, came.RxFrames, came.Link.KernelDrops, came.RxNotCollecting, there.RxDropped, received)
	if lost := e.offered - received; lost > e.offered/10 {
		t.Logf("%s: %d frames of %d were lost: the load is too high for this machine, see SOAK_RATE", e.prefix, lost, e.offered)
	}
}
