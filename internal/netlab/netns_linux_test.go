package netlab

import (
	"bytes"
	"net"
	"testing"
)

func TestPairCarriesFramesBetweenNamespaces(t *testing.T) {
	a, b := New(t), New(t)
	Pair(t, a, "wa", b, "wb")
	a.Up(t, "wa")
	b.Up(t, "wb")
	in, out := a.Wire(t, "wa"), b.Wire(t, "wb")
	frame := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5}, "over the cable"...)
	in.Send(t, frame)
	got := out.Next(t, func(f []byte) bool { return len(f) > 14 && f[12] == 0x88 && f[13] == 0xb5 })
	if !bytes.HasPrefix(got, frame) {
		t.Errorf("received %x, sent %x", got, frame)
	}
}

func TestNamespacesAreSeparate(t *testing.T) {
	a, b := New(t), New(t)
	Pair(t, a, "wa", b, "wb")
	err := b.Do(func() error {
		_, err := net.InterfaceByName("wa")
		return err
	})
	if err == nil {
		t.Error("the other namespace's end of the cable is visible")
	}
	a.AddAddr(t, "wa", "192.0.2.1/24")
	var addrs []net.Addr
	ifi := a.Interface(t, "wa")
	a.Must(t, func() (err error) {
		addrs, err = ifi.Addrs()
		return err
	})
	if len(addrs) != 1 || addrs[0].String() != "192.0.2.1/24" {
		t.Errorf("addresses are %v, want 192.0.2.1/24", addrs)
	}
}
