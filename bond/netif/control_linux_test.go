package netif

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// While nothing reads, the kernel queues what arrives. A flood of one kind of slow-protocols
// frames leaves room for each other kind.
func TestFloodLeavesRoomInTheKernelBOX22(t *testing.T) {
	c := layCable(t)
	l := c.open(t, c.config())
	partner := lacp.MAC{2, 0, 0, 0, 0, 0xcc}
	if err := any(l).(link.PartnerSetter).SetPartner(partner); err != nil {
		t.Fatal(err)
	}
	far := c.far.Wire(t, farName)
	send := func(subtype byte, source lacp.MAC, payload string) {
		f := append(bytes.Clone(afpacket.SlowGroups[0]), source[:]...)
		f = append(f, 0x88, 0x09, subtype, 1, 0x88, 0xb5)
		for end := time.Now().Add(netlab.Patience); far.TrySend(append(f, payload...)) != nil; {
			if time.Now().After(end) {
				t.Fatalf("%s not sent", payload)
			}
		}
	}
	varying := func(n int) (source lacp.MAC) {
		source = lacp.MAC{2, 0xff}
		binary.BigEndian.PutUint32(source[2:], uint32(n))
		return source
	}
	const flood = 2000 // the default buffer holds a few hundred
	for n := range flood {
		send(3, partner, "OAM")
		far.Send(t, frameOf(afpacket.SlowGroups[0], []byte{0x81, 0, 0, 5, 0x88, 0x09, 1, 1}, ""))
		send(10, varying(n), "ESMC")
		send(2, varying(n), "Marker")
		send(1, varying(n), "LACPDU of a stranger")
	}
	kinds := map[string]int{}
	count := func() {
		t.Helper()
		kinds[payloadOf(nextControl(t, l))]++
	}
	send(1, partner, "LACPDU of the partner")
	for kinds["LACPDU of the partner"] == 0 {
		count()
	}
	if drops := l.Stats().ControlDrops; drops == 0 {
		t.Errorf("ControlDrops = 0 after %d frames of each kind; the flood has not filled the queues", flood)
	}
	for range 40 {
		count()
	}
	for _, kind := range []string{"Marker", "LACPDU of a stranger"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s read among %v", kind, kinds)
		}
	}
	// Another partner replaces it.
	other := varying(0)
	if err := l.SetPartner(other); err != nil {
		t.Fatal(err)
	}
	send(1, other, "LACPDU of the next partner")
	for kinds["LACPDU of the next partner"] == 0 {
		count()
	}
}
