package lacp

// ActionKind is what an [Action] asks for.
type ActionKind uint8

// The kinds of actions.
const (
	// ActionMux asks to set the port's data path to Mux.
	ActionMux ActionKind = 1 + iota
	// ActionTransmit asks to send PDU now, as the frame of [Action.AppendFrame]. If
	// that fails, call [System.TransmitFailed].
	ActionTransmit
	// ActionFlush asks to make sure that all frames the port has sent have arrived,
	// and then to call [System.Flushed]. It is part of [System.Drain].
	ActionFlush
	// ActionDrained reports that the port is drained: no data flows either way.
	ActionDrained
	// ActionLink reports that the operational state of Aggregator is now Up. It needs
	// no reaction.
	ActionLink
)

// Action is something the System asks its caller to do. Carry actions out in the
// order [System.Actions] returns them.
type Action struct {
	Kind ActionKind
	Port PortNumber

	Mux Mux // with ActionMux

	Aggregator AggregatorID // with ActionLink
	Up         bool         // with ActionLink

	PDU                 PDU // with ActionTransmit
	Source, Destination MAC // with ActionTransmit
}

// Mux is the wanted state of one port's data path. It holds until the port's next
// ActionMux.
type Mux struct {
	Aggregator   AggregatorID // the one the port is attached to; 0 if none
	Collecting   bool         // pass received data frames to the aggregator
	Distributing bool         // send data frames of the aggregator
}

// FrameLen is the length of a LACPDU's frame in octets, without FCS.
const FrameLen = etherHeaderLen + PDULen

// AppendFrame appends the Ethernet frame of an ActionTransmit to b.
func (a *Action) AppendFrame(b []byte) []byte {
	b = append(b, a.Destination[:]...)
	b = append(b, a.Source[:]...)
	b = append(b, slowProtocolsET>>8, slowProtocolsET&0xff)
	b, _ = a.PDU.AppendBinary(b)
	return b
}
