package bond

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// The host joins groups on bond0; after a failover it reports them on the new member.
func TestFailoverHasTheHostReportItsGroups(t *testing.T) {
	netlab.Slow(t)
	t.Parallel()
	near, far := twoCables(t)
	b := openBond(t, near, OpenConfig{Config: Config{Mode: ModeFailover, Primary: "m0"}, Interfaces: []string{"m0", "m1"}})
	if err := b.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	near.AddAddr(t, "bond0", "192.0.2.1/24")
	near.AddAddr(t, "bond0", "fe80::7/64")
	for _, group := range []string{"239.1.2.3", "ff05::1234"} {
		ifi := near.Interface(t, "bond0")
		near.Must(t, func() error {
			network := "udp4"
			if net.ParseIP(group).To4() == nil {
				network = "udp6"
			}
			conn, err := net.ListenMulticastUDP(network, ifi, &net.UDPAddr{IP: net.ParseIP(group), Port: 7777})
			if err == nil {
				t.Cleanup(func() { conn.Close() })
			}
			return err
		})
	}
	// The host repeats its reports for a few seconds after it has joined. These do not count.
	quiet := time.Now().Add(4 * time.Second)
	old := far.Wire(t, "far0")
	old.Until(t, quiet, func([]byte) {})
	wire := far.Wire(t, "far1")
	far.Down(t, "far0")
	// These are version 3 reports with the group in one of their records.
	var igmp, mld bool
	wire.Next(t, func(f []byte) bool {
		igmp = igmp || len(f) > 46 && f[12] == 8 && f[23] == 2 && f[38] == 0x22 && bytes.Contains(f[46:], []byte{239, 1, 2, 3})
		mld = mld || len(f) > 70 && f[12] == 0x86 && f[20] == 0 && f[62] == 143 && bytes.Contains(f[70:], net.ParseIP("ff05::1234"))
		return igmp && mld
	})
}
