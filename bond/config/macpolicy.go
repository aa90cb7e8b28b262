package config

// MACPolicy says which members' interfaces carry the bond's MAC address.
type MACPolicy uint8

// The values of MACPolicy.
const (
	// MACAll: all of them. This is the default.
	MACAll MACPolicy = iota
	// MACActive: only the active member; the others keep their own. It is for ModeFailover in
	// networks that do not allow the same address on two ports.
	MACActive
)
