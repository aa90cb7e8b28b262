package lacp

// Foreign describes a port of another System that shows its partners the same System
// Identifier, such as the port of another chassis of one LAG.
type Foreign struct {
	Port PortID // its number is none of our ports'
	Key  Key    // Actor_Oper_Port_Key

	// Partner is the partner that it hears; its State is not used. Zero means none.
	Partner Info

	// Usable means that the port hears its partner, or carries data without one, and that
	// nothing holds it out. It then has a place in the ranking of MaxLinks.
	Usable bool
	// Attached means that it is attached to its aggregator, so that NonRevertive keeps its
	// place.
	Attached bool
	// Distributing makes the port count for MinLinks.
	Distributing bool
	// FallbackDue means that the port has been without a partner for FallbackTimeout, and that
	// nothing holds it out. With FallbackOne the lowest port identifier of all carries data.
	FallbackDue bool
}

// maxForeign is how many foreign ports a System can take into account.
const maxForeign = 4096

// isOn reports whether the foreign port's link belongs to the LAG of an aggregator of ours.
func (f *Foreign) isOn(a *aggregator) bool {
	return !a.individual() && f.Key == a.lag.Local.Key &&
		f.Partner.System == a.lag.Remote.System && f.Partner.Key == a.lag.Remote.Key
}
