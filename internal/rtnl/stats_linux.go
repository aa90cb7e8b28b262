package rtnl

import (
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Stats are the counters of an interface.
type Stats struct {
	RxFrames, RxOctets uint64
	TxFrames, TxOctets uint64
	TxErrors           uint64 // frames that the driver could not send
	TxDropped          uint64 // frames that were dropped before that
	RxUnhandled        uint64 // frames that an inactive port of an aggregate received and dropped
}

// Since returns the difference of the counters since b.
func (a Stats) Since(b Stats) Stats {
	return Stats{
		RxFrames: a.RxFrames - b.RxFrames, RxOctets: a.RxOctets - b.RxOctets,
		TxFrames: a.TxFrames - b.TxFrames, TxOctets: a.TxOctets - b.TxOctets,
		TxErrors: a.TxErrors - b.TxErrors, TxDropped: a.TxDropped - b.TxDropped,
		RxUnhandled: a.RxUnhandled - b.RxUnhandled,
	}
}

// Stats returns the counters of an interface. The error is ENODEV if it does not exist.
func (r *Conn) Stats(index int32) (Stats, error) {
	msgs, err := r.do(unix.RTM_GETLINK, 0, ifInfo(index, 0, 0), nil)
	if err != nil {
		return Stats{}, err
	}
	for _, m := range msgs {
		if s, ok := parseStats(m.Data); ok && uint16(m.Header.Type) == unix.RTM_NEWLINK {
			return s, nil
		}
	}
	return Stats{}, unix.ENODEV
}

// The places of counters in struct rtnl_link_stats64 (linux/if_link.h).
const (
	statRxFrames = iota
	statTxFrames
	statRxOctets
	statTxOctets
	_ // received with errors
	statTxErrors
	_ // received and dropped
	statTxDropped
	statRxUnhandled = 23 // since kernel 4.6
)

func parseStats(data []byte) (s Stats, ok bool) {
	if len(data) < unix.SizeofIfInfomsg {
		return s, false
	}
	ad, err := netlink.NewAttributeDecoder(data[unix.SizeofIfInfomsg:])
	if err != nil {
		return s, false
	}
	for ad.Next() {
		if ad.Type() != unix.IFLA_STATS64 {
			continue
		}
		b := ad.Bytes()
		count := func(place int) uint64 {
			if len(b) < 8*(place+1) {
				return 0
			}
			return native.Uint64(b[8*place:])
		}
		s = Stats{
			RxFrames: count(statRxFrames), RxOctets: count(statRxOctets),
			TxFrames: count(statTxFrames), TxOctets: count(statTxOctets),
			TxErrors: count(statTxErrors), TxDropped: count(statTxDropped), RxUnhandled: count(statRxUnhandled),
		}
		ok = true
	}
	return s, ok && ad.Err() == nil
}
