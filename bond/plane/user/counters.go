package user

import (
	"errors"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
)

type counters struct {
	txNoMember, txTooLong, txInvalid, rxDropped, rxOtherStation, rxMalformed, rxReflected, txHeld, txHoldDropped atomic.Uint64
}

// memberCounters are written once a batch.
type memberCounters struct {
	rxFrames, rxOctets, rxNotCollecting atomic.Uint64
	txFrames, txOctets, txErrors        atomic.Uint64
}

func octets(frames []link.Frame) (n uint64) {
	for i := range frames {
		n += uint64(len(frames[i].Data))
	}
	return n
}

func (c *memberCounters) received(frames []link.Frame) {
	c.rxFrames.Add(uint64(len(frames)))
	c.rxOctets.Add(octets(frames))
}

func (c *memberCounters) sent(frames []link.Frame) {
	c.txFrames.Add(uint64(len(frames)))
	c.txOctets.Add(octets(frames))
}

func (c *memberCounters) read() plane.MemberCounters {
	return plane.MemberCounters{
		RxFrames: c.rxFrames.Load(), RxOctets: c.rxOctets.Load(), RxNotCollecting: c.rxNotCollecting.Load(),
		TxFrames: c.txFrames.Load(), TxOctets: c.txOctets.Load(), TxErrors: c.txErrors.Load(),
	}
}

// refused counts a frame that plan.check refused.
func (c *counters) refused(err error) {
	if errors.Is(err, plane.ErrTooLong) {
		c.txTooLong.Add(1)
	} else {
		c.txInvalid.Add(1)
	}
}

// Counters returns the counters that belong to no member.
func (u *Plane) Counters() plane.Counters {
	c := &u.counters
	return plane.Counters{
		TxNoMember: c.txNoMember.Load(), TxTooLong: c.txTooLong.Load(), TxInvalid: c.txInvalid.Load(),
		TxHeld: c.txHeld.Load(), TxHoldDropped: c.txHoldDropped.Load(),
		RxDropped: c.rxDropped.Load(), RxOtherStation: c.rxOtherStation.Load(), RxMalformed: c.rxMalformed.Load(),
		RxReflected: c.rxReflected.Load(),
	}
}

// MemberCounters returns the counters of a member that is not released.
func (u *Plane) MemberCounters(p link.Port) plane.MemberCounters {
	u.mu.Lock()
	defer u.mu.Unlock()
	if m := u.members[p]; m != nil {
		return m.counters.read()
	}
	return plane.MemberCounters{}
}
