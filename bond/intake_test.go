package bond_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// floods returns the slow-protocols frames that a test floods a link with, by their number.
// None changes the state of a LACP machine.
func floods(st bond.MemberStatus) map[string]func(n int) []byte {
	stranger := lacp.MAC{2, 0, 0, 0, 0, 0x99}
	varying := func(n int) (source lacp.MAC) {
		source = stranger
		binary.BigEndian.PutUint32(source[1:], uint32(n))
		return source
	}
	lacpdu := func(source lacp.MAC) []byte {
		// With our own Actor, the port takes the frame for one of its own LACPDUs that came
		// back.
		a := lacp.Action{PDU: lacp.PDU{Version: 1, Actor: st.LACP.Actor, Partner: st.LACP.Partner},
			Source: source, Destination: lacp.SlowProtocolsMulticast}
		return a.AppendFrame(nil)
	}
	ofType := func(subtype byte) []byte {
		f := append(lacp.SlowProtocolsMulticast[:], stranger[:]...)
		return append(append(f, 0x88, 0x09, subtype), make([]byte, 109)...)
	}
	own := lacp.MAC(st.HardwareAddr)
	response := func(n int) []byte {
		f := markerOf(stranger[:], uint32(n))
		f[16] = 2 // the type of its TLV
		return f
	}
	f := map[string]func(n int) []byte{
		"Markers":                   func(n int) []byte { return markerOf(stranger[:], uint32(n)) },
		"Markers of many sources":   func(n int) []byte { s := varying(n); return markerOf(s[:], uint32(n)) },
		"our own Markers":           func(n int) []byte { return markerOf(own[:], uint32(n)) },
		"Marker Responses":          response,
		"OAM":                       func(int) []byte { return ofType(3) },
		"ESMC":                      func(int) []byte { return ofType(10) },
		"an illegal subtype":        func(int) []byte { return ofType(255) },
		"our own LACPDUs":           func(int) []byte { return lacpdu(own) },
		"LACPDUs of a stranger":     func(int) []byte { return lacpdu(stranger) },
		"LACPDUs of many strangers": func(n int) []byte { return lacpdu(varying(n)) },
		"cut LACPDUs":               func(int) []byte { return lacpdu(stranger)[:60] },
	}
	all := make([]func(int) []byte, 0, len(f))
	for _, name := range slices.Sorted(maps.Keys(f)) {
		all = append(all, f[name])
	}
	f["all of them"] = func(n int) []byte { return all[n%len(all)](n / len(all)) }
	return f
}

// The bond receives the partner's LACPDUs, whatever kind of flood arrives on a link, and at
// any rate.
func TestFloodDoesNotSilenceThePartnerBOX22(t *testing.T) {
	netlab.Slow(t)
	for _, perSecond := range []int{110, 1000, 5000} {
		for name := range floods(bond.MemberStatus{HardwareAddr: make([]byte, 6)}) {
			t.Run(fmt.Sprintf("%d a second: %s", perSecond, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testFlood(t, name, perSecond) })
			})
		}
	}
}

func testFlood(t *testing.T, name string, perSecond int) {
	p := newPair(t, 2, fast34, fast34)
	defer p.close(t)
	p.waitReady(t, 4*time.Second)
	synctest.Wait()
	before := p.a.Status().Members[0]
	frame := floods(before)[name]
	const seconds = 12
	for n := range seconds * perSecond {
		if err := p.cables[0].B.WriteControl(frame(n)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second / time.Duration(perSecond))
	}
	synctest.Wait()
	after := p.a.Status().Members[0]
	if expired := after.LACP.Counters.Expired - before.LACP.Counters.Expired; !after.Carries || expired != 0 || !after.Reason.Since.Equal(before.Reason.Since) {
		t.Errorf("carries %v, expired %d times, %v since %v; want true, 0, %v since %v",
			after.Carries, expired, after.Reason.Code, after.Reason.Since, before.Reason.Code, before.Reason.Since)
	}
	if heard := after.LACP.Counters.LACPDUsRx - before.LACP.Counters.LACPDUsRx; heard < seconds-1 || heard > 3*(32+20*seconds) {
		t.Errorf("%d LACPDUs received in %d s, want the partner's %d, and of others at most 20 a second of a kind", heard, seconds, seconds)
	}
	if answers := after.Counters.Marker.MarkerResponsePDUsTx - before.Counters.Marker.MarkerResponsePDUsTx; answers > 10*(seconds+1) {
		t.Errorf("%d Markers answered in %d s, want at most 10 a second", answers, seconds)
	}
	if after.Counters.ControlLimited == before.Counters.ControlLimited {
		t.Error("ControlLimited is unchanged, want what was ignored counted")
	}
}

// Some frames of each kind reach the counters, however many frames of other kinds arrive.
func TestFloodStarvesNoOtherKindBOX22(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, fast34, fast34)
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		synctest.Wait()
		before := p.a.Status().Members[0]
		f := floods(before)
		for n := range 10000 { // OAM frames for ten seconds, and one Marker a second
			if n%1000 == 500 {
				if err := p.cables[0].B.WriteControl(f["Markers"](n)); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.cables[0].B.WriteControl(f["OAM"](n)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		after := p.a.Status().Members[0]
		if got := after.Counters.Marker.MarkerResponsePDUsTx; got != 10 {
			t.Errorf("%d Markers answered, want 10", got)
		}
		if got := after.LACP.Counters.UnknownRx; got < 200 || got > 232 {
			t.Errorf("%d OAM frames counted, want 20 a second and at most 32 more", got)
		}
	})
}
