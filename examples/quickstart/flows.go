package main

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
)

const flows = 1000

// frameOf returns a UDP frame of a flow that carries a number.
func frameOf(flow, number int) []byte {
	f := make([]byte, 60)
	copy(f, []byte{0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45})
	f[23] = 17
	copy(f[26:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	binary.BigEndian.PutUint16(f[34:], uint16(20000+flow))
	binary.BigEndian.PutUint16(f[36:], 2049)
	binary.BigEndian.PutUint32(f[42:], uint32(number))
	return f
}

// sink receives frames from a bond and records the newest number of each flow.
type sink struct {
	mu        sync.Mutex
	newest    map[int]int
	when      map[int]time.Time
	received  int
	reordered int
}

func newSink(b *bond.Bond) *sink {
	s := &sink{newest: make(map[int]int), when: make(map[int]time.Time)}
	go func() {
		buf := make([]byte, 2048)
		for {
			if _, err := b.Receive(buf); err != nil {
				return
			}
			s.take(int(binary.BigEndian.Uint16(buf[34:]))-20000, int(binary.BigEndian.Uint32(buf[42:])))
		}
	}()
	return s
}

func (s *sink) take(flow, number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received++
	if number < s.newest[flow] {
		s.reordered++
	}
	s.newest[flow], s.when[flow] = number, time.Now()
}

// arrived returns the number of flows that have reached number.
func (s *sink) arrived(number int) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, got := range s.newest {
		if got >= number {
			n++
		}
	}
	return n
}

// placed sends one frame of each flow and returns the member that each frame took,
// according to the member's own counter. A frame of a moving flow leaves with a short
// delay, so placed sends the next frame only after the last one has left.
func (s *show) placed(number int) (map[int]int, error) {
	place := make(map[int]int)
	last := s.txFrames()
	for flow := range flows {
		if err := s.nas.Send(frameOf(flow, number)); err != nil {
			return nil, fmt.Errorf("flow %d: %w", flow, err)
		}
		now := s.txFrames()
		for start := time.Now(); now == last; now = s.txFrames() {
			if time.Since(start) > 2*time.Second {
				return nil, fmt.Errorf("no frame of flow %d left within 2 s", flow)
			}
			time.Sleep(100 * time.Microsecond)
		}
		for i := range now {
			if now[i] != last[i] {
				place[flow] = i
			}
		}
		last = now
	}
	deadline := time.Now().Add(2 * time.Second)
	for s.sink.arrived(number) < flows {
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("only %d of %d flows arrived", s.sink.arrived(number), flows)
		}
		time.Sleep(time.Millisecond)
	}
	return place, nil
}

func (s *show) txFrames() (n [members]uint64) {
	for _, m := range s.nas.Status().Members {
		n[m.ID] = m.Counters.TxFrames
	}
	return n
}

// perMember counts the flows of each member.
func perMember(place map[int]int) (n [members]int) {
	for _, m := range place {
		n[m]++
	}
	return n
}

// spread sends 1,000 flows and shows how many took each member.
func (s *show) spread() (err error) {
	if s.before, err = s.placed(1); err != nil {
		return err
	}
	n := perMember(s.before)
	s.say("%d flows: %d on %s, %d on %s, %d on %s, %d on %s", flows, n[0], nasEnd(0), n[1], nasEnd(1), n[2], nasEnd(2), n[3], nasEnd(3))
	again, err := s.placed(2)
	if err != nil {
		return err
	}
	for flow, m := range s.before {
		if n[m] == 0 || again[flow] != m {
			return fmt.Errorf("flow %d took %s, then %s", flow, nasEnd(m), nasEnd(again[flow]))
		}
	}
	for i, c := range n {
		if c < flows/members/2 {
			return fmt.Errorf("%s took %d of %d flows", nasEnd(i), c, flows)
		}
	}
	s.seen("spread", fmt.Sprintf("%d flows: %d / %d / %d / %d", flows, n[0], n[1], n[2], n[3]), "every member in use, a flow stays on its member")
	return nil
}

// pull unplugs a cable while frames flow.
func (s *show) pull() error {
	const pulled = 1
	s.say("pulling the cable of %s", nasEnd(pulled))
	start := time.Now()
	s.cables[pulled].SetUp(false)
	victim := -1
	for flow, m := range s.before {
		if m == pulled {
			victim = flow
			break
		}
	}
	var moved time.Duration
	for number := 3; ; number++ {
		if err := s.nas.Send(frameOf(victim, number)); err != nil {
			return err
		}
		time.Sleep(200 * time.Microsecond)
		s.sink.mu.Lock()
		got, when := s.sink.newest[victim], s.sink.when[victim]
		s.sink.mu.Unlock()
		if got >= 3 {
			moved = when.Sub(start)
			break
		}
		if time.Since(start) > time.Second {
			return fmt.Errorf("flow %d of the pulled cable did not move within 1 s", victim)
		}
	}
	if moved > 100*time.Millisecond {
		return fmt.Errorf("the flows of the pulled cable took %v to move, allowed: 100 ms", moved)
	}
	after, err := s.placed(1_000_000)
	if err != nil {
		return err
	}
	stayed, others := 0, 0
	for flow, m := range s.before {
		if m != pulled {
			others++
			if after[flow] == m {
				stayed++
			}
		}
	}
	if stayed != others {
		return fmt.Errorf("%d of %d flows of the other members moved", others-stayed, others)
	}
	if s.sink.reordered > 0 {
		return fmt.Errorf("%d frames arrived out of order", s.sink.reordered)
	}
	n := perMember(after)
	s.say("its flows moved in %.1f ms: %d / %d / %d / %d; all %d others stayed where they were", ms(moved), n[0], n[1], n[2], n[3], others)
	s.seen("pulled cable", fmt.Sprintf("flows moved in %.1f ms, %d others stayed", ms(moved), stayed), "within 100 ms, the others stay")
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// silence drops a partner's LACPDUs while its carrier stays.
func (s *show) silence() error {
	const silent = 2
	s.say("the switch falls silent on %s: its LACPDUs vanish, carrier stays", switchEnd(silent))
	start := time.Now()
	s.cables[silent].B.Lose(linktest.Control)
	if _, err := s.await(members-2, 4*time.Second); err != nil {
		return err
	}
	took := time.Since(start)
	if took < 1900*time.Millisecond || took > 3300*time.Millisecond {
		return fmt.Errorf("the bonds detected the silence after %v, want 2 to 3.2 s (3 s after the last LACPDU)", took)
	}
	s.say("%s is out on both ends after %.2f s, 3 s after its last LACPDU", nasEnd(silent), took.Seconds())
	s.seen("silent partner", fmt.Sprintf("out on both ends in %.2f s", took.Seconds()), "3 s after the last LACPDU")
	return nil
}

// heal repairs both faults.
func (s *show) heal() error {
	s.say("plugging the cable in again, and the switch sends LACPDUs again")
	s.cables[1].SetUp(true)
	s.cables[2].B.Lose(0)
	took, err := s.await(members, 5*time.Second)
	if err != nil {
		return err
	}
	after, err := s.placed(2_000_000)
	if err != nil {
		return err
	}
	for flow, m := range s.before {
		if after[flow] != m {
			return fmt.Errorf("flow %d is on %s, was on %s before the faults", flow, nasEnd(after[flow]), nasEnd(m))
		}
	}
	s.say("all %d members carry data again, every flow is back on its member", members)
	s.seen("heal", fmt.Sprintf("%d members again in %.2f s", members, took.Seconds()), "within 5 s, every flow back on its member")
	return nil
}
