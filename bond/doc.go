// Package bond is a link aggregation group at work: it runs LACP on its member
// links, spreads the frames it is given over those that may distribute, and
// delivers what arrives on those that may collect.
//
// On Linux [Open] makes a bond of network interfaces and gives the host a TAP
// device such as bond0 for it. [New] makes one of any links, among them the
// links in memory of package linktest, and its user sends and receives frames
// with [Bond.Send] and [Bond.Receive].
//
// The zero value of the options is what an appliance starts with: protocol LACP,
// active, SLOW LACPDU rate, transmit hash policy layer2+3, MTU 1500.
//
// # Guarantees
//
// Frames of one flow, as the transmit hash policy tells flows apart, take one
// member and arrive in the order they were sent; the modes that are an exception
// say so: see [Mode]. With LACP a bond never sends data on a link whose partner has
// not said that it collects there, nor passes on data from a link that is not
// collecting, and without a partner that speaks LACP a link carries no data. The
// other modes use a link as long as it has carrier.
//
// When a member is lost its flows move to the others at once. Those of the others
// move too unless [Config.Resilient] is set: as in the kernel, the member is the
// hash modulo the number of members that carry data. A flow that moves between two
// members that both work waits until its old path is empty; see
// [Config.FlushTimeout].
//
// # While it runs
//
// [Bond.AddMember], [Bond.RemoveMember], [Bond.Drain] and [Bond.Set] change a bond,
// [Bond.Watch] tells what happens to it, and [Bond.Status] is all there is to know.
// What does not change goes on: a member that comes or goes takes nothing from the
// others but the flows it gets or had.
package bond
