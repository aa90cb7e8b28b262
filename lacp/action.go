package lacp

// ActionKind says what an [Action] asks for.
type ActionKind uint8

// The kinds of actions.
const (
	// ActionMux: make the port's data path what Mux says.
	ActionMux ActionKind = 1 + iota
	// ActionTransmit: send PDU as a frame, [Action.AppendFrame], now. If that
	// fails say so with [System.TransmitFailed].
	ActionTransmit
	// ActionFlush: make sure that what the port has sent has arrived, and call
	// [System.Flushed]. Part of [System.Drain].
	ActionFlush
	// ActionDrained: the drain of the port is done, no data goes either way.
	ActionDrained
	// ActionLink: the operational state of Aggregator is now Up. Nothing is to be done.
	ActionLink
)

// Action is what the System asks its user to do. Actions are carried out in the
// order in which [System.Actions] returns them.
type Action struct {
	Kind ActionKind
	Port PortNumber

	Mux Mux // with ActionMux

	Aggregator AggregatorID // with ActionLink
	Up         bool         // with ActionLink

	PDU                 PDU // with ActionTransmit
	Source, Destination MAC // with ActionTransmit
}

// Mux is what the data path of one port shall be. It is a level: it holds until
// the port's next ActionMux.
type Mux struct {
	Aggregator   AggregatorID // the one the port is attached to; 0: none
	Collecting   bool         // pass received data frames to the aggregator
	Distributing bool         // send data frames of the aggregator
}

// FrameLen is the length of the frame of a LACPDU, without FCS.
const FrameLen = etherHeaderLen + PDULen

// AppendFrame appends the Ethernet frame of an ActionTransmit to b.
func (a *Action) AppendFrame(b []byte) []byte {
	b = append(b, a.Destination[:]...)
	b = append(b, a.Source[:]...)
	b = append(b, slowProtocolsET>>8, slowProtocolsET&0xff)
	b, _ = a.PDU.AppendBinary(b)
	return b
}
