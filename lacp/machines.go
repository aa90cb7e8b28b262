package lacp

// Machine is one of the state machines of 6.4 that run on each port.
type Machine uint8

// The machines. Selection is the Selection Logic of 6.4.14. Its states are the values
// of the variable Selected.
const (
	MachineReceive Machine = iota
	MachinePeriodic
	MachineSelection
	MachineMux
	MachineActorChurn
	MachinePartnerChurn
)

var machineNames = [...]string{"receive", "periodic", "selection", "mux", "actor churn", "partner churn"}

// String returns "receive", "periodic", "selection", "mux", "actor churn" or "partner churn".
func (m Machine) String() string { return name(machineNames[:], int(m)) }

// state returns the name of state i of the machine.
func (m Machine) state(i uint8) string {
	switch m {
	case MachineReceive:
		return ReceiveState(i).String()
	case MachinePeriodic:
		return PeriodicState(i).String()
	case MachineSelection:
		return Selection(i).String()
	case MachineMux:
		return MuxState(i).String()
	}
	return ChurnState(i).String()
}

// ReceiveState is a state of the Receive machine (6.4.12). The numbers are those
// of aAggPortDebugRxState.
type ReceiveState uint8

// The states of the Receive machine.
const (
	ReceiveCurrent ReceiveState = 1 + iota
	ReceiveExpired
	ReceiveDefaulted
	ReceiveInitialize
	ReceiveLACPDisabled
	ReceivePortDisabled
)

var receiveNames = [...]string{"BEGIN", "CURRENT", "EXPIRED", "DEFAULTED", "INITIALIZE", "LACP_DISABLED", "PORT_DISABLED"}

// String returns the name of the standard, such as "PORT_DISABLED".
func (s ReceiveState) String() string { return name(receiveNames[:], int(s)) }

// PeriodicState is a state of the Periodic Transmission machine (6.4.13).
type PeriodicState uint8

// The states of the Periodic Transmission machine.
const (
	PeriodicNone PeriodicState = 1 + iota
	FastPeriodic
	SlowPeriodic
	PeriodicTx
)

var periodicNames = [...]string{"BEGIN", "NO_PERIODIC", "FAST_PERIODIC", "SLOW_PERIODIC", "PERIODIC_TX"}

// String returns the name of the standard, such as "FAST_PERIODIC".
func (s PeriodicState) String() string { return name(periodicNames[:], int(s)) }

// Selection is a value of the variable Selected, set by the Selection Logic (6.4.8, 6.4.14).
type Selection uint8

// The values of Selected.
const (
	Unselected Selection = iota
	Selected
	Standby
)

var selectedNames = [...]string{"UNSELECTED", "SELECTED", "STANDBY"}

// String returns "UNSELECTED", "SELECTED" or "STANDBY".
func (s Selection) String() string { return name(selectedNames[:], int(s)) }

// MuxState is a state of the Mux machine (6.4.15). The numbers are those of
// aAggPortDebugMuxState.
type MuxState uint8

// The states of the Mux machine. MuxCollecting and MuxDistributing belong to
// independent control, MuxCollectingDistributing to coupled control.
const (
	MuxDetached MuxState = 1 + iota
	MuxWaiting
	MuxAttached
	MuxCollecting
	MuxDistributing
	MuxCollectingDistributing
)

var muxNames = [...]string{"BEGIN", "DETACHED", "WAITING", "ATTACHED", "COLLECTING", "DISTRIBUTING", "COLLECTING_DISTRIBUTING"}

// String returns the name of the standard, such as "COLLECTING".
func (s MuxState) String() string { return name(muxNames[:], int(s)) }

// ChurnState is a state of the Actor or Partner Churn machine (6.4.17). The
// numbers are those of aAggPortDebugActorChurnState.
type ChurnState uint8

// The states of the Churn machines. The standard names them separately for the two
// machines: NO_ACTOR_CHURN and NO_PARTNER_CHURN and so on.
const (
	ChurnNone ChurnState = 1 + iota
	Churn
	ChurnMonitor
)

var churnNames = [...]string{"BEGIN", "NO_CHURN", "CHURN", "CHURN_MONITOR"}

// String returns "NO_CHURN", "CHURN" or "CHURN_MONITOR".
func (s ChurnState) String() string { return name(churnNames[:], int(s)) }

// DrainState is the progress of draining a port ([System.Drain]).
type DrainState uint8

// The states of a drain.
const (
	DrainNone     DrainState = iota
	DrainFlushing            // the port no longer distributes, its last frames may not have arrived yet
	DrainLeaving             // Synchronization is clear, the partner may still send
	DrainDone                // no data flows either way
)

var drainNames = [...]string{"none", "flushing", "leaving", "drained"}

// String returns "none", "flushing", "leaving" or "drained".
func (d DrainState) String() string { return name(drainNames[:], int(d)) }

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "invalid"
}
