package plane

// Counters count what concerns no member.
type Counters struct {
	TxNoMember    uint64 // frames dropped because no member distributed
	TxTooLong     uint64 // frames dropped because of the MTU
	TxInvalid     uint64 // frames dropped that were no data frames
	RxDropped     uint64 // frames the device or the receive queue had no room for
	TxHeld        uint64 // frames held back for a moment since their flow moved to another member
	TxHoldDropped uint64 // frames dropped because more than 16,384 frames or 16 MiB were held
	RxMalformed   uint64 // frames with an Offload that contradicts them

	// RxOtherStation counts frames to the MAC addresses of other stations, which a
	// device that is not promiscuous and a view of one EtherType do not take.
	RxOtherStation uint64

	// RxReflected counts frames that were dropped by [Plan.SLB].
	RxReflected uint64
}

// MemberCounters count the data frames of one member since it was added.
type MemberCounters struct {
	RxFrames, RxOctets uint64 // received, whether delivered or not
	TxFrames, TxOctets uint64 // taken by the link

	RxNotCollecting uint64 // received and discarded, since the member did not collect
	TxErrors        uint64 // refused by the link
}
