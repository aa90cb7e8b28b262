package lacp_test

import (
	"bytes"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// frameOf returns the frame of hexadecimal text, with zeros up to 124 octets.
func frameOf(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return append(b, make([]byte, lacp.FrameLen-len(b))...)
}

// readPDU decodes the LACPDU of a frame, and checks that encoding it again gives the
// same octets.
func readPDU(t *testing.T, frame []byte) (pdu lacp.PDU) {
	t.Helper()
	f := lacp.ParseSlow(frame)
	if f.Kind != lacp.SlowLACPDU {
		t.Fatalf("ParseSlow returned %v, %v", f.Kind, f.Err)
	}
	if err := pdu.UnmarshalBinary(f.PDU); err != nil {
		t.Fatal(err)
	}
	a := lacp.Action{PDU: pdu, Source: f.Source, Destination: f.Destination}
	if got := a.AppendFrame(nil); !bytes.Equal(got, frame) {
		t.Errorf("encoded again\n%x, want\n%x", got, frame)
	}
	return pdu
}

// LACPDUs of real devices (group A).
func TestCaptureScenarios(t *testing.T) {
	t.Run("A01 a Cisco switch", func(t *testing.T) {
		pdu := readPDU(t, frameOf(t, `0180c2000002 0013c4120f16 8809 0101
			0114 8000 0013c4120f00 000d 8000 0016 85 000000 0214 8000 000e8316f500 000d 8000 0019 36 000000 0310 8000`))
		want := lacp.PDU{Version: 1, CollectorMaxDelay: 32768,
			Actor:   lacp.Info{System: lacp.SystemID{Priority: 32768, MAC: lacp.MAC{0x00, 0x13, 0xc4, 0x12, 0x0f, 0x00}}, Key: 13, Port: lacp.PortID{Priority: 32768, Number: 22}, State: 0x85},
			Partner: lacp.Info{System: lacp.SystemID{Priority: 32768, MAC: lacp.MAC{0x00, 0x0e, 0x83, 0x16, 0xf5, 0x00}}, Key: 13, Port: lacp.PortID{Priority: 32768, Number: 25}, State: 0x36}}
		if pdu != want {
			t.Errorf("decoded %+v, want %+v", pdu, want)
		}
	})
	t.Run("A03 an Extreme switch", func(t *testing.T) {
		frames := [][]byte{frameOf(t, `0180c2000002 0004961f506a 8809 0101
			0114 91f4 0004961f506a 8000 0000 0012 47 000000 0214 0000 000000000000 0000 0000 0000 3b 000000 0310 0002`)}
		if captured := captureIfThere(t, "extreme-summit300-10.pcap"); captured != nil {
			frames = captured[:1]
		}
		pdu := readPDU(t, frames[0])
		if pdu.Actor.System.Priority != 0x91f4 || pdu.Actor.Key != 0x8000 || pdu.Actor.Port != (lacp.PortID{Number: 18}) ||
			pdu.Actor.State != 0x47 || pdu.Partner != (lacp.Info{State: 0x3b}) || pdu.CollectorMaxDelay != 2 {
			t.Errorf("decoded %+v", pdu)
		}
	})
	t.Run("A04 a Juniper switch", func(t *testing.T) {
		frames := captureIfThere(t, "juniper-ex4300-defaulted-26.pcap")
		if frames == nil { // a frame like those of the capture
			frames = [][]byte{frameOf(t, `0180c2000002 020000000e01 8809 0101
				0114 007f 020000000e00 0001 007f 0001 c7 000000 0214 0001 000000000000 0001 0001 0001 46 000000 0310 0000`)}
		}
		for i, frame := range frames {
			pdu := readPDU(t, frame)
			if pdu.Actor.System.Priority != 127 || pdu.Actor.Key != 1 || pdu.Actor.Port != (lacp.PortID{Priority: 127, Number: 1}) || pdu.Actor.State != 0xc7 ||
				pdu.Partner != (lacp.Info{System: lacp.SystemID{Priority: 1}, Key: 1, Port: lacp.PortID{Priority: 1, Number: 1}, State: 0x46}) {
				t.Errorf("frame %d: %+v", i+1, pdu)
			}
		}
	})
	t.Run("A05 Linux", func(t *testing.T) {
		names := []string{"miimon100-veth10", "miimon100-veth11", "nomiimon-veth10", "nomiimon-veth11"}
		found := false
		for _, name := range names {
			frames := captureIfThere(t, "linux-bond-2014-"+name+".pcap")
			if frames == nil {
				continue
			}
			found = true
			first, up := true, false
			for _, frame := range frames {
				if lacp.ParseSlow(frame).Kind != lacp.SlowLACPDU {
					continue
				}
				pdu := readPDU(t, frame)
				if first && (pdu.Actor.State != 0xc5 || pdu.Partner.State != 0x01 || pdu.Partner.System.Priority != 65535 || pdu.Partner.Port.Priority != 255) {
					t.Errorf("%s begins with %+v", name, pdu)
				}
				first = false
				up = up || pdu.Actor.State == 0x3d
			}
			if !up {
				t.Errorf("%s never shows state 3d", name)
			}
		}
		if !found {
			readPDU(t, frameOf(t, `0180c2000002 020000000d01 8809 0101
				0114 ffff 020000000d00 0009 00ff 0001 c5 000000 0214 ffff 000000000000 0001 00ff 0001 01 000000 0310 0000`))
		}
	})
	t.Run("A14 as in the tests of others", func(t *testing.T) {
		pdu := readPDU(t, frameOf(t, `0180c2000002 000000001112 8809 0101
			0114 8000 000000000011 0021 00ff 0002 4d 000000 0214 0000 000000000000 0000 0000 0000 02 000000 0310 0000`))
		if pdu.Actor.Key != 33 || pdu.Actor.Port.Number != 2 || pdu.Actor.State.String() != "*F**SG*A" {
			t.Errorf("decoded %+v", pdu)
		}
	})
}

// captureIfThere returns the frames of a capture; nil if there is no such file.
func captureIfThere(t *testing.T, name string) (frames [][]byte) {
	t.Helper()
	path := filepath.Join(captures, name)
	if found, _ := filepath.Glob(path); found == nil {
		t.Logf("%s not found, using a frame like those in it", path)
		return nil
	}
	return readCapture(t, path)
}

// Markers received by a System and its responder (group B).
func TestMarkerScenarios(t *testing.T) {
	const id = "11223344"
	request := func(t *testing.T, pdu string) []byte {
		return frameOf(t, "0180c2000002 02bb000000b1 8809"+pdu)
	}
	good := "02 01 01 10 0001 02bb00000001 " + id
	// give passes a frame to a System and its responder, and returns the answer if any.
	give := func(t *testing.T, frame []byte) (answer []byte, before, after lacp.Counters) {
		g := newTarget(t)
		st, _ := g.Port(2)
		before = st.Counters
		_, _ = g.Receive(g.now, 2, frame)
		st, _ = g.Port(2)
		answer, _ = g.responder.Respond(g.now, frame, nil)
		return answer, before, st.Counters
	}
	t.Run("B01 one Marker, one answer", func(t *testing.T) {
		answer, before, after := give(t, request(t, good))
		want := frameOf(t, "0180c2000002 02aa000000a1 8809 02 01 02 10 0001 02bb00000001 "+id)
		if !bytes.Equal(answer, want) || after.MarkerPDUsRx != before.MarkerPDUsRx+1 {
			t.Errorf("answered\n%x, want\n%x", answer, want)
		}
	})
	t.Run("B03 wrong length, truncated", func(t *testing.T) {
		frames := [][]byte{}
		for _, v := range []byte{0, 15, 17, 255} {
			f := request(t, good)
			f[17] = v
			frames = append(frames, f)
		}
		for n := range 20 {
			frames = append(frames, request(t, good)[:14+n])
		}
		for _, f := range frames {
			if answer, before, after := give(t, f); answer != nil || after.IllegalRx != before.IllegalRx+1 {
				t.Errorf("%x: answered %x, IllegalRx rose by %d", f, answer, after.IllegalRx-before.IllegalRx)
			}
		}
	})
	t.Run("B04 version 9, pad, all ones", func(t *testing.T) {
		f := request(t, "02 09 01 10 0001 02bb00000001 ffffffff abcd")
		for i := 34; i < len(f); i++ {
			f[i] = 0xff
		}
		want := append([]byte(nil), f[14:]...)
		want[2] = 2
		if answer, _, _ := give(t, f); answer == nil || !bytes.Equal(answer[14:], want) {
			t.Errorf("answered\n%x, want\n%x", answer, want)
		}
	})
	t.Run("B05 Markers do not keep a partner alive", func(t *testing.T) {
		g := newTarget(t)
		st, _ := g.Port(2)
		c := st.Config
		c.ShortTimeout = true
		if err := g.SetPort(g.now, c); err != nil {
			t.Fatal(err)
		}
		_, _ = g.Receive(g.now, 2, goodFrame())
		for range 29 {
			g.pass(100 * time.Millisecond)
			_, _ = g.Receive(g.now, 2, request(t, good))
		}
		if st, _ := g.Port(2); st.Receive != lacp.ReceiveCurrent {
			t.Errorf("Receive machine %v before 3 s", st.Receive)
		}
		g.pass(100 * time.Millisecond)
		if st, _ := g.Port(2); st.Receive != lacp.ReceiveExpired || st.Counters.MarkerPDUsRx != 29 || st.Counters.IllegalRx != 0 {
			t.Errorf("Receive machine %v after 3 s, %d Markers counted", st.Receive, st.Counters.MarkerPDUsRx)
		}
	})
	t.Run("B07 types 0 and 3", func(t *testing.T) {
		for _, v := range []byte{0, 3} {
			f := request(t, good)
			f[16] = v
			if answer, before, after := give(t, f); answer != nil || after.IllegalRx != before.IllegalRx+1 { // design.md: illegal, not unknown
				t.Errorf("type %d: answered %x, IllegalRx rose by %d", v, answer, after.IllegalRx-before.IllegalRx)
			}
		}
	})
	t.Run("MGT-08 MarkerResponsePDUsTx", func(t *testing.T) {
		r := marker.Responder{Source: targetMAC}
		for range 3 {
			r.Respond(time.Unix(0, 0), request(t, good), nil)
		}
		if got := r.Counters().MarkerResponsePDUsTx; got != 3 {
			t.Errorf("%d counted, want 3", got)
		}
	})
	for _, group := range []lacp.MAC{lacp.NearestCustomerBridge, lacp.NearestNonTPMRBridge} {
		t.Run("FMT-09 sent to "+group.String(), func(t *testing.T) {
			s, err := lacp.NewSystem(lacp.Config{System: targetSystem, Destination: group})
			if err != nil {
				t.Fatal(err)
			}
			now := time.Unix(0, 0)
			if err := s.AddPort(now, lacp.PortConfig{Number: 2, Key: 7, MAC: targetMAC}); err != nil {
				t.Fatal(err)
			}
			if err := s.SetLink(now, 2, lacp.Link{Up: true}); err != nil {
				t.Fatal(err)
			}
			sent := 0
			for _, a := range s.Actions() {
				if a.Kind == lacp.ActionTransmit {
					sent++
					if f := a.AppendFrame(nil); lacp.MAC(f[:6]) != group {
						t.Errorf("a LACPDU to %v", lacp.MAC(f[:6]))
					}
				}
			}
			r := marker.Responder{Source: targetMAC, Destination: group}
			if answer, ok := r.Respond(now, request(t, good), nil); sent != 1 || !ok || lacp.MAC(answer[:6]) != group {
				t.Errorf("%d LACPDUs, answered %v: %x", sent, ok, answer)
			}
		})
	}
}
