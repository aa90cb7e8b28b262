// Package control is the protocol of lacpd's Unix socket: its server, its client and its
// messages.
//
// A client sends requests, each one JSON object on a line, and gets one answer for each:
//
//	{"version":1,"id":7,"command":"drain","args":{"bond":"bond0","member":"eth1"}}
//	{"version":1,"id":7,"result":{"bond":"bond0","member":"eth1","drained":true}}
//
// An answer without a result has an error. If a value of the request was refused, the error
// names it, and nothing has changed:
//
//	{"version":1,"id":8,"error":{"kind":"refused","message":"...","field":"member","value":"eth9","allowed":"eth1 or eth2"}}
//
// A command that watches sends lines with an event instead, until the client closes its end.
// "missed" counts the events before this one that a slow client lost.
//
//	{"version":1,"id":9,"missed":3,"event":{...}}
//
// A client that only connects and reads, or that sends nothing and closes its sending half,
// gets the status as JSON. That was the whole protocol once.
//
// # Access
//
// The kernel reports the user and the groups of a client. Who can connect may read. Only root,
// the user that lacpd runs as, and members of the group of [Socket] may change something.
//
// # Limits
//
// Clients run side by side, and none can hold up another: the size of a request, the number of
// clients, of changes and of watchers, the time of each step, and the events that wait for a
// watcher are limited. If all places are taken, the client that has kept lacpd waiting longest
// makes room.
package control
