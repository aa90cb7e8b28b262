package plane

// Counters count the frames that belong to no member.
type Counters struct {
	TxNoMember    uint64 // frames dropped because no member distributed
	TxTooLong     uint64 // frames dropped because of the MTU
	TxInvalid     uint64 // frames dropped because they were not data frames
	RxDropped     uint64 // frames that did not fit into the device or the receive queue
	TxHeld        uint64 // frames held for a moment because their flow moved to another member
	TxHoldDropped uint64 // frames dropped because more than 16,384 frames or 16 MiB were held
	RxMalformed   uint64 // frames whose Offload contradicts them

	// RxOtherStation counts frames to the MAC addresses of other stations that a device that
	// is not promiscuous, or a view of one EtherType, did not take.
	RxOtherStation uint64

	// RxReflected counts the frames dropped because of [Plan.SLB].
	RxReflected uint64
}

// MemberCounters count the data frames of one member since it was added.
type MemberCounters struct {
	RxFrames, RxOctets uint64 // received, whether delivered or not
	TxFrames, TxOctets uint64 // taken by the link

	RxNotCollecting uint64 // received and discarded because the member did not collect
	TxErrors        uint64 // refused by the link
}
