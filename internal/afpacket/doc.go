// Package afpacket reads and writes Ethernet frames on packet sockets and TAP devices,
// several with one system call where the kernel allows it, with their offloads.
package afpacket
