// Package afpacket reads and writes Ethernet frames, with their offloads, on packet sockets
// and TAP devices. Where the kernel allows it, one system call carries several frames.
package afpacket
