// Package chassis lets several boxes, called chassis, show a switch or a server one LACP system. One
// chassis of the group carries the LAG. The others stand by: their ports are up and speak LACP, but
// are not in sync, so that the partner sends them nothing.
//
//	          partner (any switch, one LAG)
//	        ╱                            ╲
//	chassis A: bond ◀─ permission    chassis B: bond, no permission
//	           Machine ◀── heartbeats ──▶ Machine
//	              ╲                      ╱
//	               Store (etcd, witness)
//
// A [Machine] decides for one LAG whether this chassis carries it. It is pure, like package lacp:
// time in, actions out. [Join] returns a [Chassis], which drives a Machine and a bond for each LAG. A
// [Store] holds the facts: which chassis is active, and which one intends to take over. [External] is
// for an appliance whose own high-availability engine has decided already.
//
// Package chassistest has a store in memory, a network and a simulation with faults for the tests of
// programs that use this package, and tests for a Store.
//
// # How it stays safe
//
// The active chassis has a permission that lasts for [Config.Hold] and ends by itself. The data
// path looks at it where frames pass. A permission counts from the SENDING of a request: a read of the
// store that shows this chassis as active without an intent of another one, or a heartbeat that
// all other chassis have granted. So the store may be away as long as all chassis hear each other.
// An active chassis with neither stops within Hold.
//
// A standby chassis that no longer hears the active one writes its intent into the store, waits until
// every permission from before has ended, and claims the LAG. An active chassis that is well vetoes
// the intent. A wrong suspicion costs a veto and is never unsafe. In a planned change the active
// chassis closes its data path first and then names its successor, so that nothing has to be waited
// for.
//
// The wall clock does not matter, and what it takes from the clocks is only that their rates are right
// up to [Config.Drift]. A virtual machine whose clocks stop while its host pauses it breaks that: storage
// should use the epoch of the permission as a fencing token.
//
// # The members of a group
//
// All chassis have the same list of names. The store knows the digest of the list that the active one
// counts on, and a chassis with another list neither takes over nor grants. To add a chassis, give the
// new list to all of them, the active one included, in any order.
package chassis

// # Files
//
// From the bottom up: a file uses those before it.
//
//   - Values: store.go message.go rules.go config.go
//   - The machine, in parts that refer to each other: machine.go requests.go permit.go standby.go
//     active.go grants.go status.go
//   - The heartbeats on the wire: codec.go seal.go transport.go
//   - What drives the machine: external.go group.go role.go chassis.go change.go
