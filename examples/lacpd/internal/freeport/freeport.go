// Package freeport finds ports for tests of programs that have to know their ports before they listen.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Find returns a port of the loopback interface that has no socket, neither of UDP nor of TCP. The kernel
// gives none of this range to connections.
func Find(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 10_000 + rand.IntN(20_000)
		if free(net.JoinHostPort("127.0.0.1", strconv.Itoa(port))) {
			return port
		}
	}
	t.Fatal("no free port in a thousand")
	return 0
}

func free(addr string) bool {
	u, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	defer func() { _ = u.Close() }() // only a test whether it is free
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	return l.Close() == nil
}
