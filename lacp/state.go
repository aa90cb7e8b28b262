package lacp

// State is the Actor_State or Partner_State octet of 6.4.2.3.
type State uint8

// The bits of State.
const (
	StateActivity        State = 1 << iota // LACP_Activity: set Active, clear Passive
	StateTimeout                           // LACP_Timeout: set Short, clear Long
	StateAggregation                       // set Aggregatable, clear Individual
	StateSynchronization                   // set IN_SYNC: attached to the right aggregator
	StateCollecting                        // collection is enabled
	StateDistributing                      // distribution is not disabled
	StateDefaulted                         // the partner's values are Partner_Admin's
	StateExpired                           // the Receive machine is in EXPIRED
)

var stateNames = [8]string{"Activity", "Timeout", "Aggregation", "Synchronization",
	"Collecting", "Distributing", "Defaulted", "Expired"}

// Has reports whether all bits of b are set in s.
func (s State) Has(b State) bool { return s&b == b }

// with returns s with the bits of b set or cleared.
func (s State) with(b State, on bool) State {
	if on {
		return s | b
	}
	return s &^ b
}

// String returns one letter per bit, most significant first, and '*' for a clear
// bit, in the order that packet dump tools use: "EFDCSGSA" if all bits are set,
// "**DCSG*A" for a slow LAG that is up.
func (s State) String() string {
	const letters = "EFDCSGSA"
	var b [8]byte
	for i := range b {
		b[i] = '*'
		if s&(0x80>>i) != 0 {
			b[i] = letters[i]
		}
	}
	return string(b[:])
}

// Flags returns the standard's names of the set bits, in bit order: "Activity",
// "Timeout" (short) and so on.
func (s State) Flags() []string {
	flags := make([]string, 0, 8)
	for i, name := range stateNames {
		if s&(1<<i) != 0 {
			flags = append(flags, name)
		}
	}
	return flags
}
