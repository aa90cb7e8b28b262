package chassis_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// receive waits for a datagram.
func receive(t *testing.T, tr chassis.Transport) string {
	t.Helper()
	got := make(chan string, 1)
	go func() {
		b := make([]byte, 2000)
		n, err := tr.Receive(b)
		if err != nil {
			got <- err.Error()
			return
		}
		got <- string(b[:n])
	}()
	select {
	case s := <-got:
		return s
	case <-time.After(time.Minute):
		t.Fatal("no datagram within a minute")
		return ""
	}
}

// Datagrams go by all paths. One that works is enough.
func TestUDPUsesAllPaths(t *testing.T) {
	two := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("127.0.0.2:0")}
	b, err := chassis.ListenUDP(two, nil)
	if err != nil {
		t.Skipf("no loopback addresses: %v", err)
	}
	defer b.Close()
	dead, err := chassis.ListenUDP(two[:1], nil)
	if err != nil {
		t.Fatal(err)
	}
	nowhere := dead.Addrs()[0]
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := chassis.ListenUDP(two, map[chassis.ID][]netip.AddrPort{"B": b.Addrs(), "C": {nowhere, b.Addrs()[1]}})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	a.Send("B", []byte("one"))
	for i := range 2 {
		if got := receive(t, b); got != "one" {
			t.Errorf("copy %d: %q, want %q", i, got, "one")
		}
	}
	for range 3 {
		a.Send("C", []byte("two"))
		if got := receive(t, b); got != "two" {
			t.Errorf("by the second path: %q, want %q", got, "two")
		}
	}
	a.Send("D", []byte("none"))
	a.Send("B", make([]byte, 1500)) // longer than any message
	a.Send("B", []byte("three"))
	if got := receive(t, b); got != "three" {
		t.Errorf("after a datagram that is too long: %d octets, want %q", len(got), "three")
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	for range 5 { // what came before may still be there
		if _, err = b.Receive(make([]byte, 10)); err != nil {
			break
		}
	}
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("Receive after Close: %v, want ErrClosed", err)
	}
	if _, err := chassis.ListenUDP([]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:1")}, nil); err == nil {
		t.Error("an address of another host gives no error")
	}
}
