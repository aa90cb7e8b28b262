package bond_test

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/hash"
)

const orderFlows = 64

// flowFrame returns frame number n of a flow.
func flowFrame(flow, n int) []byte {
	f := udp(flow)
	binary.BigEndian.PutUint16(f[42:], uint16(flow))
	binary.BigEndian.PutUint32(f[44:], uint32(n))
	return f
}

func (f *far) sendAll(t *testing.T, n int) {
	t.Helper()
	for flow := range orderFlows {
		if err := f.Send(flowFrame(flow, n)); err != nil {
			t.Fatalf("Send() of flow %d, frame %d = %v, want nil", flow, n, err)
		}
	}
}

// places returns, by flow, the cables where its frames came out, and the frames' numbers.
func (f *far) places() (cable, number map[int][]int) {
	cable, number = make(map[int][]int), make(map[int][]int)
	bufs, frames := [][]byte{make([]byte, 2000)}, make([]bond.Frame, 1)
	for i, c := range f.cables {
		for c.B.Pending() > 0 {
			if _, err := c.B.Read(bufs, frames); err != nil {
				return cable, number
			}
			flow := int(binary.BigEndian.Uint16(frames[0].Data[42:]))
			cable[flow] = append(cable[flow], i)
			number[flow] = append(number[flow], int(binary.BigEndian.Uint32(frames[0].Data[44:])))
		}
	}
	return cable, number
}

func (f *far) add(t *testing.T, a, b string) {
	t.Helper()
	c := linktest.NewCable(a, b)
	if err := f.AddMember(c.A); err != nil {
		t.Fatal(err)
	}
	f.cables = append(f.cables, c)
	synctest.Wait()
}

func TestMovedFlowsWaitForTheirOldPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34})
		f.sendAll(t, 0)
		before, _ := f.places()
		f.add(t, "m2", "far2")
		f.sendAll(t, 1)
		time.Sleep(19 * time.Millisecond)
		f.sendAll(t, 2)
		synctest.Wait()
		now, numbers := f.places()
		stayed := len(now)
		for flow, cables := range now {
			if cables[0] != before[flow][0] || !slices.Equal(numbers[flow], []int{1, 2}) {
				t.Errorf("flow %d: frames %v sent at once on %v, want 1 and 2 on the member before, %v", flow, numbers[flow], cables, before[flow])
			}
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		later, numbers := f.places()
		moved := len(later)
		for flow, cables := range later {
			if cables[0] == before[flow][0] || cables[1] != cables[0] || !slices.Equal(numbers[flow], []int{1, 2}) {
				t.Errorf("flow %d: held frames %v sent on %v, want 1 and 2 on a member other than %v", flow, numbers[flow], cables, before[flow])
			}
		}
		if stayed == 0 || moved == 0 || stayed+moved != orderFlows {
			t.Errorf("%d flows stayed, %d moved, want some of each, %d in all", stayed, moved, orderFlows)
		}
		if c := f.Status().Counters; c.TxHeld != uint64(2*moved) || c.TxHoldDropped != 0 {
			t.Errorf("%d frames counted as held, want %d", c.TxHeld, 2*moved)
		}
		f.sendAll(t, 3)
		if direct, _ := f.places(); len(direct) != orderFlows {
			t.Errorf("%d flows sent at once after the move, want %d", len(direct), orderFlows)
		}
	})
}

func TestFlowsOfALostMemberMoveAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 4, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34, Resilient: true})
		f.sendAll(t, 0)
		before, _ := f.places()
		f.cables[2].SetUp(false)
		synctest.Wait()
		f.sendAll(t, 1)
		now, _ := f.places()
		if len(now) != orderFlows {
			t.Errorf("%d flows sent at once, want %d", len(now), orderFlows)
		}
		for flow, cables := range now {
			if was := before[flow][0]; was != 2 && cables[0] != was {
				t.Errorf("flow %d moved from m%d to m%d, want only the flows of the lost m2 to move", flow, was, cables[0])
			}
		}
		// The flows move back, from members that work.
		f.cables[2].SetUp(true)
		synctest.Wait()
		f.sendAll(t, 2)
		back, _ := f.places()
		for flow := range back {
			if before[flow][0] == 2 {
				t.Errorf("flow %d went back to m2 at once, want it held", flow)
			}
		}
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		back, _ = f.places()
		for flow, cables := range back {
			if !slices.Equal(cables, []int{2}) {
				t.Errorf("flow %d went on %v, want m2", flow, cables)
			}
		}
	})
}

// After a second change while frames are held, the frames keep waiting, and all arrive in
// order.
func TestChangeDuringAMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34})
		f.sendAll(t, 0)
		f.places()
		n := 1
		for i := range 6 {
			f.add(t, "x"+string(rune('a'+i)), "y"+string(rune('a'+i)))
			f.sendAll(t, n)
			n++
			time.Sleep(5 * time.Millisecond)
			if i == 3 {
				f.cables[1].SetUp(false)
				synctest.Wait()
			}
			f.sendAll(t, n)
			n++
		}
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		total := 0
		cables, numbers := f.places()
		for flow, list := range numbers {
			total += len(list)
			// The flow's last member has its last frames, in order.
			var last []int
			for k, c := range cables[flow] {
				if c == cables[flow][len(cables[flow])-1] {
					last = append(last, list[k])
				}
			}
			if !slices.IsSorted(last) {
				t.Errorf("flow %d: frames %v on one member, want them in order", flow, last)
			}
		}
		c := f.Status().Counters
		if want := (n - 1) * orderFlows; total != want || c.TxHoldDropped != 0 {
			t.Errorf("%d frames arrived of %d, %d dropped", total, want, c.TxHoldDropped)
		}
	})
}

// The queue is bounded, and senders get no error.
func TestHeldFramesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 1, bond.Config{Mode: bond.ModeFailover, Primary: "m0"})
		f.send(t, 0, 1)
		f.add(t, "m1", "far1")
		if err := f.Set(func(c *bond.Config) { c.Primary = "m1" }); err != nil {
			t.Fatal(err)
		}
		f.send(t, 0, 20000)
		if c := f.Status().Counters; c.TxHeld != 16384 || c.TxHoldDropped != 20000-16384 {
			t.Errorf("%d frames held, %d dropped, want 16384, 3616", c.TxHeld, c.TxHoldDropped)
		}
	})
}

// Senders run at full speed while the choice of members changes all the time. On no member are
// a flow's frames out of order.
func TestOrderUnderChange(t *testing.T) {
	f := &far{}
	var links []bond.Port
	type seen struct {
		mu   sync.Mutex
		last [orderFlows]int
		n    int
	}
	var all []*seen
	var readers sync.WaitGroup
	for i := range 4 {
		c := linktest.NewCable("m"+string(rune('0'+i)), "far"+string(rune('0'+i)))
		f.cables, links = append(f.cables, c), append(links, c.A)
		s := new(seen)
		all = append(all, s)
		readers.Go(func() {
			bufs, frames := make([][]byte, 32), make([]bond.Frame, 32)
			for k := range bufs {
				bufs[k] = make([]byte, 2000)
			}
			for {
				n, err := c.B.Read(bufs, frames)
				if err != nil {
					return
				}
				s.mu.Lock()
				for _, fr := range frames[:n] {
					flow, num := int(binary.BigEndian.Uint16(fr.Data[42:])), int(binary.BigEndian.Uint32(fr.Data[44:]))
					if num <= s.last[flow] {
						t.Errorf("flow %d: frame %d after %d, want rising numbers", flow, num, s.last[flow])
					}
					s.last[flow] = num
					s.n++
				}
				s.mu.Unlock()
			}
		})
	}
	var err error
	if f.Bond, err = bond.New(bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34, FlushTimeout: time.Millisecond}, links...); err != nil {
		t.Fatal(err)
	}
	if err := f.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	const frames = 4000
	var senders sync.WaitGroup
	for sender := range 4 {
		senders.Go(func() {
			for n := 1; n <= frames; n++ {
				for _, c := range f.cables {
					for c.B.Pending() > 1000 { // a cable drops frames when its reader is too slow
						runtime.Gosched()
					}
				}
				for flow := sender; flow < orderFlows; flow += 4 {
					if err := f.Send(flowFrame(flow, n)); err != nil {
						t.Errorf("Send() of flow %d, frame %d = %v, want nil", flow, n, err)
						return
					}
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { senders.Wait(); close(done) }()
	tick := time.NewTicker(1500 * time.Microsecond)
	defer tick.Stop()
	for on := true; ; on = !on {
		select {
		case <-tick.C:
			if err := f.Drain("m2", on); err != nil {
				t.Error(err)
			}
			continue
		case <-done:
		}
		break
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range f.cables {
		for c.B.Pending() > 0 {
			runtime.Gosched()
		}
		c.B.Close()
	}
	readers.Wait()
	total := 0
	for _, s := range all {
		total += s.n
	}
	c := f.Status().Counters
	late := uint64(0) // a cable drops frames when its reader is too slow
	for _, cable := range f.cables {
		late += cable.B.Overflowed()
	}
	if uint64(total)+late+c.TxHoldDropped != frames*orderFlows {
		t.Errorf("%d frames arrived, %d came too fast, want %d with the dropped ones; counters %+v", total, late, frames*orderFlows, c)
	}
	t.Logf("%d frames, %d of them held, %d dropped", total, c.TxHeld, c.TxHoldDropped)
}

// Once the old paths are known to be empty, no frame waits for the timeout.
func TestFlushEndsAMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34, FlushTimeout: time.Second})
		asked := f.FakeFlusher()
		f.sendAll(t, 0)
		f.places()
		f.add(t, "m2", "far2")
		f.sendAll(t, 1)
		stayed, _ := f.places()
		if len(*asked) != 2 || (*asked)[0].Name != "m0" || (*asked)[1].Name != "m1" {
			t.Fatalf("flush asked %v, want m0 and m1", *asked)
		}
		time.Sleep(time.Millisecond)
		f.Flushed((*asked)[0])
		if got, _ := f.places(); len(got) != 0 {
			t.Errorf("%d flows sent when m0 was empty but m1 was not, want 0", len(got))
		}
		f.Flushed((*asked)[1])
		moved, _ := f.places()
		if len(moved) == 0 || len(moved)+len(stayed) != orderFlows {
			t.Errorf("%d flows sent when both were empty, %d before; want all", len(moved), len(stayed))
		}
	})
}
