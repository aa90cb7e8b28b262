package bond

// Hold is what keeps a member from carrying data, or keeps it in use, regardless of the mode's
// decision.
type Hold uint8

// The values of Hold.
const (
	HoldNone         Hold = iota
	HoldUpDelay           // the link is up, but its up delay is not over
	HoldDownDelay         // the link is down, but its down delay is not over: it still counts as up
	HoldDrained           // by [Bond.Drain]: no data is sent on it
	HoldMinLinks          // fewer members than Config.MinLinks could carry data
	HoldDevice            // the bond's device is gone or set down
	HoldPlane             // the data plane refuses the plan for the member, or is late with it
	HoldAdminDown         // by Config.AdminDown
	HoldGate              // by [Bond.SetGate], in a mode without a protocol
	HoldMinBandwidth      // the members that could carry data are slower than Config.MinBandwidth
)

var holdNames = []string{"", "UpDelay", "DownDelay", "Drained", "MinLinks", "Device", "Plane", "AdminDown", "Gate", "MinBandwidth"}

// String returns "UpDelay", "DownDelay", "Drained", "MinLinks", "Device", "Plane",
// "AdminDown", "Gate" or "MinBandwidth", empty for HoldNone.
func (h Hold) String() string { return label(h, holdNames) }
