package netif

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// router answers router solicitations at the far end of a cable.
type router struct {
	wire *netlab.Wire
	mac  net.HardwareAddr
}

var (
	routerAddr = netip.MustParseAddr("fe80::beef")
	allNodes   = netip.MustParseAddr("ff02::1")
)

// start answers until the test ends, and sends one unsolicited advertisement.
func (r *router) start(t *testing.T) {
	t.Helper()
	r.wire.Send(t, r.advertisement())
	go func() {
		for {
			f, err := r.wire.Read()
			if err != nil {
				return
			}
			const solicitation = 133
			if len(f) > 54 && f[12] == 0x86 && f[13] == 0xdd && f[20] == 58 && f[54] == solicitation {
				r.wire.Send(t, r.advertisement())
			}
		}
	}()
}

// advertisement returns the advertisement of a router with a lifetime of 1800 s.
func (r *router) advertisement() []byte {
	icmp := []byte{134, 0, 0, 0, 64, 0, 0x07, 0x08}
	icmp = append(icmp, make([]byte, 8)...)
	icmp = append(append(icmp, 1, 1), r.mac...)
	src, dst := routerAddr.As16(), allNodes.As16()
	sum := uint32(len(icmp)) + 58
	for _, b := range [][]byte{src[:], dst[:], icmp} {
		for i := 0; i < len(b); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(b[i:]))
		}
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(icmp[2:], ^uint16(sum))
	f := append([]byte{0x33, 0x33, 0, 0, 0, 1}, r.mac...)
	f = append(f, 0x86, 0xdd, 0x60, 0, 0, 0)
	f = binary.BigEndian.AppendUint16(f, uint16(len(icmp)))
	f = append(f, 58, 255)
	f = append(append(f, src[:]...), dst[:]...)
	return append(f, icmp...)
}

// await asks until ok returns true, and returns the last answer.
func await(t *testing.T, ask func() (answer string, ok bool)) string {
	t.Helper()
	for deadline := time.Now().Add(netlab.Patience); ; <-time.After(10 * time.Millisecond) {
		answer, ok := ask()
		if ok {
			return answer
		}
		if time.Now().After(deadline) {
			t.Fatalf("last answer = %q", answer)
		}
	}
}
