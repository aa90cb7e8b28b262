package config

// OffloadMode decides whether frames may reach a member unfinished: as one large segment, or
// without their checksum.
type OffloadMode uint8

// The values of OffloadMode.
const (
	// OffloadAuto allows it if every member puts frames on a wire, where its driver finishes
	// them. A virtual link, such as a veth, passes frames on unfinished, and a program that
	// reads raw frames at its other end, such as Open vSwitch, can't use them.
	OffloadAuto OffloadMode = iota
	// OffloadOn always allows it. Use it for virtual links whose other end is a network stack.
	OffloadOn
	// OffloadOff never allows it.
	OffloadOff
)
