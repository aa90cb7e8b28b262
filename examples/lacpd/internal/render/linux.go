package render

import (
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/hash"
)

// linuxMode is how the Linux bonding driver names a mode.
type linuxMode struct {
	title  string // in /proc
	name   string // in sysfs
	number int
}

// linuxModes are the driver's modes, by the name of ours. SLB is its balance-xor by station;
// RANDOM and NONE have none of their own and are shown as the nearest, and as unknown.
var linuxModes = map[string]linuxMode{
	bond.ModeRoundRobin.String():  {"load balancing (round-robin)", "balance-rr", 0},
	bond.ModeRandom.String():      {"load balancing (round-robin)", "balance-rr", 0},
	bond.ModeFailover.String():    {"fault-tolerance (active-backup)", "active-backup", 1},
	bond.ModeLoadBalance.String(): {"load balancing (xor)", "balance-xor", 2},
	bond.ModeSLB.String():         {"load balancing (xor)", "balance-xor", 2},
	bond.ModeBroadcast.String():   {"fault-tolerance (broadcast)", "broadcast", 3},
	bond.ModeLACP.String():        {"IEEE 802.3ad Dynamic link aggregation", "802.3ad", 4},
}

// modeOf returns how the Linux bonding driver names the mode of a bond.
func modeOf(b *view.Bond) linuxMode {
	if m, ok := linuxModes[b.Mode]; ok {
		return m
	}
	return linuxMode{"unknown", "unknown", -1}
}

// usesHash reports whether the driver prints the hash policy in this mode.
func (m linuxMode) usesHash() bool { return m.number == 2 || m.number == 4 }

// policyOf returns the driver's name and number of the hash policy of a bond; -1 for flow, which
// it does not have.
func policyOf(b *view.Bond) (name string, number int) {
	policy, err := hash.ParsePolicy(b.Hash)
	if b.Mode == bond.ModeSLB.String() {
		policy, err = hash.VLANSrcMAC, nil
	}
	if err != nil { // lacpd has another version
		return b.Hash, -1
	}
	return policy.String(), policy.LinuxNumber()
}

// selectOf returns the driver's name of the policy that chooses an aggregator.
func selectOf(b *view.Bond) (name string, number int) {
	switch b.Settings.Select {
	case "bandwidth":
		return "bandwidth", 1
	case "count":
		return "count", 2
	case "port-priority":
		return "actor_port_prio", 3
	}
	return "stable", 0
}

// reselectOf returns the driver's name of when a bond returns to its primary.
func reselectOf(b *view.Bond) string {
	if s := strings.ToLower(b.Settings.Reselect); s != "" {
		return s
	}
	return "always"
}

// miiStatus returns the driver's words for the state of a member's link.
func miiStatus(m *view.Member) string {
	switch {
	case m.Hold == bond.HoldUpDelay.String():
		return "going back"
	case m.Hold == bond.HoldDownDelay.String():
		return "going down"
	}
	return upDown(m.Link.Up)
}

// stateOctet returns the state of one end of a link as a number.
func stateOctet(e *view.End) uint64 {
	n, _ := strconv.ParseUint(e.State, 0, 8) // 0 if lacpd has another version
	return n
}

// adminName returns the interface's current name, which tools look up.
func adminName(m *view.Member) string {
	if m.Interface != "" {
		return m.Interface
	}
	return m.Name
}
