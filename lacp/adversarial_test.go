package lacp_test

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

const captures = "../../shared/captures"

// target returns the System that the hostile frames expect. Port 2 is up, with a
// partner that is at rest. Port 9 has the same key and no link.
type target struct {
	*lacp.System
	responder marker.Responder
	now       time.Time
}

var (
	targetSystem  = lacp.SystemID{Priority: 0x8000, MAC: lacp.MAC{0x02, 0xaa, 0, 0, 0, 1}}
	targetMAC     = lacp.MAC{0x02, 0xaa, 0, 0, 0, 0xa1}
	targetPartner = lacp.Info{System: lacp.SystemID{Priority: 0x8000, MAC: lacp.MAC{0x02, 0xbb, 0, 0, 0, 1}},
		Key: 0x0d, Port: lacp.PortID{Priority: 0x8000, Number: 1}, State: 0x3d}
	partnerMAC = lacp.MAC{0x02, 0xbb, 0, 0, 0, 0xb1}
)

// goodFrame returns the partner's LACPDU to a port that is up.
func goodFrame() []byte {
	a := lacp.Action{Source: partnerMAC, Destination: lacp.SlowProtocolsMulticast, PDU: lacp.PDU{Version: 1, Actor: targetPartner,
		Partner: lacp.Info{System: targetSystem, Key: 7, Port: lacp.PortID{Priority: 0x8000, Number: 2}, State: 0x3d}}}
	return a.AppendFrame(nil)
}

func newTarget(t *testing.T) *target {
	t.Helper()
	s, err := lacp.NewSystem(lacp.Config{System: targetSystem})
	if err != nil {
		t.Fatal(err)
	}
	g := &target{System: s, responder: marker.Responder{Source: targetMAC}, now: time.Unix(0, 0)}
	for _, n := range []lacp.PortNumber{2, 9} {
		mac := targetMAC
		mac[4] = byte(n - 2)
		if err := s.AddPort(g.now, lacp.PortConfig{Number: n, Key: 7, MAC: mac}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetLink(g.now, 2, lacp.Link{Up: true}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Receive(g.now, 2, goodFrame()); err != nil {
			t.Fatal(err)
		}
		g.pass(2 * time.Second)
	}
	if st, _ := s.Port(2); !st.Usable() {
		t.Fatalf("the port did not come up: %v", st.Reason)
	}
	return g
}

func (g *target) pass(d time.Duration) {
	g.now = g.now.Add(d)
	g.Advance(g.now)
	g.Actions()
}

// verdict returns the effect of a frame on the target, in the words of adversarial.tsv.
func (g *target) verdict(t *testing.T, frame []byte) string {
	t.Helper()
	before, _ := g.Port(2)
	kind, err := g.Receive(g.now, 2, frame)
	after, _ := g.Port(2)
	acted := len(g.Actions()) > 0
	_, answered := g.responder.Respond(g.now, frame, nil)
	unchanged := after
	unchanged.Counters, unchanged.LastRx = before.Counters, before.LastRx
	unchanged.Reason = before.Reason // a loop changes the reason
	touched := unchanged != before || acted
	counted := after.Counters.IllegalRx - before.Counters.IllegalRx
	switch {
	case (kind == lacp.SlowIllegal) != (counted == 1) || (err != nil) != (counted == 1):
		t.Errorf("kind %v, error %v, IllegalRx rose by %d", kind, err, counted)
	case kind != lacp.SlowLACPDU && touched:
		t.Errorf("a frame of kind %v changed the port: %+v", kind, after)
	}
	switch {
	case kind == lacp.SlowIllegal:
		return "illegal"
	case kind == lacp.NotSlow:
		return "ignore"
	case answered:
		return "respond"
	case kind == lacp.SlowMarker || kind == lacp.SlowMarkerResponse:
		return "no-reply"
	case kind != lacp.SlowLACPDU:
		if after.Counters.UnknownRx != before.Counters.UnknownRx+1 {
			t.Errorf("kind %v, UnknownRx rose by %d", kind, after.Counters.UnknownRx-before.Counters.UnknownRx)
		}
		return "unknown"
	case after.Counters.LoopedRx > before.Counters.LoopedRx:
		if touched {
			t.Errorf("our own LACPDU changed the port: %+v", after)
		}
		return "loop"
	}
	var pdu lacp.PDU
	if err := pdu.UnmarshalBinary(frame[14:]); err != nil {
		t.Fatal(err)
	}
	got, want := after.Partner, pdu.Actor
	got.State &^= lacp.StateSynchronization
	want.State &^= lacp.StateSynchronization
	if got != want || after.Receive != lacp.ReceiveCurrent {
		t.Errorf("partner %+v, Receive machine %v, want partner %+v", got, after.Receive, want)
	}
	return g.later(t, &pdu)
}

// later returns what an accepted LACPDU led to.
func (g *target) later(t *testing.T, pdu *lacp.PDU) string {
	t.Helper()
	for range 3 {
		g.pass(2 * time.Second)
	}
	st, _ := g.Port(2)
	for a := range g.Aggregators() {
		if len(a.Ports) > 1 {
			t.Errorf("aggregated: %+v", a)
		}
	}
	switch {
	case pdu.Actor.System == targetSystem:
		return "selfpartner"
	case st.SelectedAggregator == 0 && !st.Usable():
		return "accept-no-aggregate"
	case !st.Partner.State.Has(lacp.StateSynchronization) && pdu.Actor.State.Has(lacp.StateSynchronization):
		return "accept-no-sync"
	case !st.Partner.State.Has(lacp.StateSynchronization) && pdu.Partner.System != targetSystem:
		return "accept-no-sync"
	}
	return "accept"
}

// Hand-made frames, one for each kind of invalid frame: VAL-01 to VAL-14.
func TestHostileFrames(t *testing.T) {
	put := func(offset int, v ...byte) func([]byte) []byte {
		return func(f []byte) []byte { copy(f[offset:], v); return f }
	}
	cut := func(n int) func([]byte) []byte { return func(f []byte) []byte { return f[:n] } }
	more := func(n int) func([]byte) []byte {
		return func(f []byte) []byte { return append(f, bytes.Repeat([]byte{0xee}, n)...) }
	}
	insert := func(v ...byte) func([]byte) []byte {
		return func(f []byte) []byte { return slices.Insert(f, 12, v...) }
	}
	ones := func(from, to int) func([]byte) []byte { return put(from, bytes.Repeat([]byte{0xff}, to-from)...) }
	markerPDU := func(change func([]byte) []byte) func([]byte) []byte {
		return func(f []byte) []byte {
			clear(f[14:])
			copy(f[14:], []byte{2, 1, 1, 16, 0, 1, 2, 0xbb, 0, 0, 0, 1, 0, 0, 0, 1})
			return change(f)
		}
	}
	same := func(f []byte) []byte { return f }
	tests := []struct {
		name   string
		change func([]byte) []byte
		want   string
	}{
		{"good", same, "accept"},
		{"cut to its header", cut(14), "illegal"},
		{"one octet short", cut(123), "illegal"},
		{"cut after the Collector", cut(72), "illegal"},
		{"4 octets more", more(4), "accept"},
		{"1390 octets more", more(1390), "accept"},
		{"a jumbo frame", more(8876), "accept"},
		{"actor length 0", put(17, 0), "illegal"},
		{"partner length 255", put(37, 255), "illegal"},
		{"collector length 17", put(57, 17), "illegal"},
		{"terminator length 255", put(73, 255), "accept"},
		{"actor type 9", put(16, 9), "accept"},
		{"version 0", put(15, 0), "accept"},
		{"version 241", put(15, 241), "accept"},
		{"reserved octets", ones(60, 72), "accept"},
		{"our own LACPDU", func(f []byte) []byte { copy(f[18:33], f[38:53]); return f }, "loop"},
		{"another port of ours", func(f []byte) []byte { copy(f[18:33], f[38:53]); f[31] = 9; return f }, "selfpartner"},
		{"group address as System", put(20, 1, 0x80, 0xc2, 0, 0, 2), "accept-no-aggregate"},
		{"broadcast as System", put(20, 255, 255, 255, 255, 255, 255), "accept-no-aggregate"},
		{"no System", put(20, 0, 0, 0, 0, 0, 0), "accept-no-aggregate"},
		{"key 0", put(26, 0, 0), "accept"},
		{"no partner known, yet in sync", put(38, make([]byte, 15)...), "accept-no-sync"},
		{"wrong key of ours", put(47, 8), "accept-no-sync"},
		{"all bits of state", put(32, 0xff), "accept"},
		{"to us", put(0, 0x02, 0xaa, 0, 0, 0, 0xa1), "unknown"},
		{"to the nearest customer bridge", put(5, 0), "accept"},
		{"to the nearest non-TPMR bridge", put(5, 3), "accept"},
		{"to another group", put(0, 1, 0, 0x5e, 0, 0, 1), "unknown"},
		{"tagged", insert(0x81, 0, 0, 1), "unknown"},
		{"tagged twice", insert(0x88, 0xa8, 0, 100, 0x81, 0, 0, 1), "unknown"},
		{"in LLC", insert(0, 118, 0xaa, 0xaa, 3, 0, 0, 0), "unknown"},
		{"IPv4", put(12, 8, 0), "unknown"},
		{"IPv4 to us", func(f []byte) []byte { copy(f, targetMAC[:]); f[12], f[13] = 8, 0; return f }, "ignore"},
		{"subtype 0", put(14, 0), "illegal"},
		{"subtype 3", put(14, 3), "unknown"},
		{"subtype 9", put(14, 9), "unknown"},
		{"subtype 10", put(14, 10), "unknown"},
		{"subtype 11", put(14, 11), "illegal"},
		{"subtype 255", put(14, 255), "illegal"},
		{"marker", markerPDU(same), "respond"},
		{"marker, version 9", markerPDU(put(15, 9)), "respond"},
		{"marker, pad", markerPDU(put(30, 0xab, 0xcd)), "respond"},
		{"marker type 0", markerPDU(put(16, 0)), "illegal"},
		{"marker type 3", markerPDU(put(16, 3)), "illegal"},
		{"marker length 17", markerPDU(put(17, 17)), "illegal"},
		{"marker cut", markerPDU(cut(33)), "illegal"},
		{"marker response", markerPDU(put(16, 2)), "no-reply"},
		{"marker of our own", markerPDU(put(6, 0x02, 0xaa, 0, 0, 0, 0xa1)), "no-reply"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := newTarget(t).verdict(t, test.change(goodFrame())); got != test.want {
				t.Errorf("verdict %s, want %s", got, test.want)
			}
		})
	}
}

// The verdicts of adversarial.tsv. Where the file leaves them to configuration, a
// System accepts any of the three group addresses, rejects other addresses and tagged
// frames, and ignores the terminator and the source address.
func TestAdversarialCapture(t *testing.T) {
	frames := readCapture(t, filepath.Join(captures, "adversarial.pcap"))
	file, err := os.Open(filepath.Join(captures, "adversarial.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decided := map[string]string{
		"lacp-dst-unicast-own": "unknown", "lacp-dst-vlacp-group": "unknown", "lacp-dst-other-multicast": "unknown",
		"lacp-dst-nearest-customer-bridge": "accept", "lacp-dst-nearest-non-tpmr": "accept",
		// Both echo a port other than ours.
		"lacp-all-types-0": "accept-no-sync", "lacp-reserved-ff": "accept-no-sync",
		"lacp-vlan1-tagged": "unknown", "lacp-qinq": "unknown", "lacp-llc-length-field": "unknown", // counted and ignored
		"marker-term-len-7": "respond", "lacp-actor-is-our-system-other-port": "selfpartner",
	}
	lines := bufio.NewScanner(file)
	lines.Scan() // skip the heading
	n := 0
	for ; lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), "\t")
		name, want := fields[1], fields[3]
		if d, ok := decided[name]; ok {
			want = d
		} else if want == "accept-or-illegal" {
			want = "accept"
		}
		t.Run(name, func(t *testing.T) {
			if got := newTarget(t).verdict(t, frames[n]); got != want {
				t.Errorf("verdict %s, want %s", got, want)
			}
		})
	}
	if n != len(frames) {
		t.Errorf("%d verdicts for %d frames", n, len(frames))
	}
}

// A frame with a priority tag (VLAN identifier 0) is treated like an untagged one.
func TestPriorityTag(t *testing.T) {
	g := newTarget(t)
	frame := slices.Insert(goodFrame(), 12, 0x81, 0, 0xe0, 0)
	before, _ := g.Port(2)
	kind, err := g.Receive(g.now, 2, frame)
	after, _ := g.Port(2)
	if kind != lacp.SlowLACPDU || err != nil || after.Counters.LACPDUsRx != before.Counters.LACPDUsRx+1 {
		t.Errorf("Receive returned %v, %v; want SlowLACPDU, nil", kind, err)
	}
}

// Every well-formed LACPDU of a real device is encoded again octet for octet.
func TestRealDevicesRoundTrip(t *testing.T) {
	var files []string
	_ = filepath.WalkDir(captures, func(name string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".pcap" && !strings.Contains(name, "adversarial") {
			files = append(files, name)
		}
		return nil
	})
	if len(files) == 0 {
		t.Skipf("%s is not here", captures)
	}
	total := 0
	for _, file := range files {
		for i, frame := range readCapture(t, file) {
			f := lacp.ParseSlow(frame)
			if f.Kind != lacp.SlowLACPDU {
				continue
			}
			var pdu lacp.PDU
			if err := pdu.UnmarshalBinary(f.PDU); err != nil {
				t.Fatalf("%s frame %d: %v", file, i+1, err)
			}
			a := lacp.Action{PDU: pdu, Source: f.Source, Destination: f.Destination}
			if got := a.AppendFrame(nil); !bytes.Equal(got, frame) {
				t.Errorf("%s frame %d: %x, want %x", file, i+1, got, frame)
			}
			total++
		}
	}
	t.Logf("%d LACPDUs of %d files", total, len(files))
	if total == 0 {
		t.Error("no LACPDU found")
	}
}

func readCapture(t *testing.T, path string) [][]byte {
	t.Helper()
	r, err := capture.Open(path)
	if err != nil {
		if os.IsNotExist(err) {
			t.Skipf("%s is not here", path)
		}
		t.Fatal(err)
	}
	defer r.Close()
	var frames [][]byte
	for f, err := range r.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f.Data)
	}
	return frames
}
