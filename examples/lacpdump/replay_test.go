package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
)

var (
	nearMAC = lacp.MAC{2, 0, 0, 0, 0, 0xa}
	farMAC  = lacp.MAC{2, 0, 0, 0, 0, 0xb}
	linkUp  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

// sentFrame is a LACPDU on the link between two engines.
type sentFrame struct {
	at   time.Duration // since linkUp
	near bool          // whether the end at nearMAC sent it
	pdu  lacp.PDU
}

// conversation returns the LACPDUs that two engines exchange in that time at the fast rate.
func conversation(t testing.TB, lasts time.Duration) []sentFrame {
	t.Helper()
	var sent []sentFrame
	var ends [2]*lacp.System
	for i, mac := range []lacp.MAC{nearMAC, farMAC} {
		s, err := lacp.NewSystem(lacp.Config{System: lacp.SystemID{MAC: mac}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddPort(linkUp, lacp.PortConfig{Number: 1, Key: 7, StaticKey: true, MAC: mac, ShortTimeout: true}); err != nil {
			t.Fatal(err)
		}
		if err := s.SetLink(linkUp, 1, lacp.Link{Up: true, Duplex: lacp.DuplexFull, SpeedMbps: 1000}); err != nil {
			t.Fatal(err)
		}
		ends[i] = s
	}
	now := linkUp
	for now.Before(linkUp.Add(lasts)) {
		for quiet := false; !quiet; {
			quiet = true
			for i, s := range ends {
				for _, a := range slices.Clone(s.Actions()) {
					if a.Kind != lacp.ActionTransmit {
						continue
					}
					quiet = false
					sent = append(sent, sentFrame{now.Sub(linkUp), i == 0, a.PDU})
					if _, err := ends[1-i].Receive(now, 1, a.AppendFrame(nil)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		now = ends[0].Deadline()
		if d := ends[1].Deadline(); d.Before(now) {
			now = d
		}
		ends[0].Advance(now)
		ends[1].Advance(now)
	}
	return sent
}

// recordTo writes the frames to a capture file and returns its path.
func recordTo(t testing.TB, sent []sentFrame) string {
	t.Helper()
	var file bytes.Buffer
	w, err := capture.NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sent {
		a := lacp.Action{PDU: sent[i].pdu, Source: farMAC, Destination: lacp.SlowProtocolsMulticast}
		if sent[i].near {
			a.Source = nearMAC
		}
		if err := w.Write(linkUp.Add(sent[i].at), a.AppendFrame(nil)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "link.pcap")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReplayOfTheEngineItself checks that an end that is this engine shows no deviation,
// from either side, by the address of the port and of the System.
func TestReplayOfTheEngineItself(t *testing.T) {
	path := recordTo(t, conversation(t, 8*time.Second))
	for _, as := range []lacp.MAC{nearMAC, farMAC} {
		status, out, stderr := runDump("-replay", path, "-as", as.String())
		if status != 0 || stderr != "" {
			t.Fatalf("got status %d, stderr %q", status, stderr)
		}
		for _, want := range []string{
			"as port 1 of 8000," + as.String() + ", key 7: Active, Short Timeout, Aggregatable; Mux control independent\n",
			"engine mux WAITING → ATTACHED: Selected = SELECTED AND Ready = TRUE\n",
			"engine sends       **DCSGSA",
			"the engine ends with Distributing\nno deviation from the standard\n",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("as %s: no %q in\n%s", as, want, out)
			}
		}
		if strings.Contains(out, "!") {
			t.Errorf("as %s:\n%s", as, out)
		}
	}
}

// TestReplayFindsDeviations checks that a replay finds and names each deviation.
func TestReplayFindsDeviations(t *testing.T) {
	const usable = lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing
	// late applies to the near end's frames of the last seconds.
	late := func(change func(p *lacp.PDU)) func([]sentFrame) []sentFrame {
		return func(sent []sentFrame) []sentFrame {
			for i := range sent {
				if sent[i].near && sent[i].at > 5*time.Second {
					change(&sent[i].pdu)
				}
			}
			return sent
		}
	}
	// deaf drops the frames that the far end sends from that time on.
	deaf := func(from time.Duration, sent []sentFrame) []sentFrame {
		return slices.DeleteFunc(sent, func(f sentFrame) bool { return !f.near && f.at > from })
	}
	for _, c := range []struct {
		rule   string
		change func(sent []sentFrame) []sentFrame
	}{
		{"distributes without collecting", late(func(p *lacp.PDU) { p.Actor.State &^= lacp.StateCollecting })},
		{"collects without being in sync", late(func(p *lacp.PDU) { p.Actor.State &^= lacp.StateSynchronization })},
		{"key or port number 0", late(func(p *lacp.PDU) { p.Actor.Key = 0 })},
		{"does not repeat the partner's information", late(func(p *lacp.PDU) { p.Partner.Port.Number = 99 })},
		{"is not in the state that the machines reach", late(func(p *lacp.PDU) { p.Actor.State &^= usable })},
		{"gives up the partner too early, or does not receive its LACPDUs", late(func(p *lacp.PDU) { p.Actor.State |= lacp.StateExpired })},
		{"sends less often than the partner asks", func(sent []sentFrame) []sentFrame {
			return slices.DeleteFunc(sent, func(f sentFrame) bool { return f.near && f.at > 4*time.Second && f.at < 6*time.Second })
		}},
		{"more than three LACPDUs in a second", func(sent []sentFrame) []sentFrame {
			i := slices.IndexFunc(sent, func(f sentFrame) bool { return f.near && f.at > 5*time.Second })
			return slices.Insert(sent, i, sent[i], sent[i], sent[i])
		}},
		{"does not notice that the partner is silent", func(sent []sentFrame) []sentFrame { return deaf(3*time.Second, sent) }},
		{"goes on collecting or distributing in EXPIRED", func(sent []sentFrame) []sentFrame {
			return deaf(3*time.Second, late(func(p *lacp.PDU) { p.Actor.State |= lacp.StateExpired })(sent))
		}},
	} {
		path := recordTo(t, c.change(conversation(t, 9*time.Second)))
		status, out, stderr := runDump("-replay", path, "-as", nearMAC.String())
		if status != 0 || stderr != "" {
			t.Errorf("%s: status %d, %q", c.rule, status, stderr)
		}
		if !strings.Contains(out, "   ! "+c.rule+": ") || !strings.Contains(out, " × "+c.rule+"\n") {
			t.Errorf("want deviation %q, got\n%s", c.rule, out)
		}
	}
}

// TestReplayFollowsSettings checks that a replay follows an administrator's changes and does
// not report them.
func TestReplayFollowsSettings(t *testing.T) {
	sent := conversation(t, 6*time.Second)
	for i := range sent {
		if sent[i].near && sent[i].at > 4*time.Second {
			sent[i].pdu.Actor.Key = 9
			sent[i].pdu.Actor.System.MAC[4] = 1
			sent[i].pdu.Actor.State = sent[i].pdu.Actor.State &^ (lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing | lacp.StateActivity)
		}
	}
	status, out, stderr := runDump("-replay", recordTo(t, sent), "-as", nearMAC.String())
	if status != 0 || stderr != "" {
		t.Fatalf("got status %d, stderr %q", status, stderr)
	}
	for _, want := range []string{
		"the end's system is now 8000,02:00:00:00:01:0a\n",
		"the end's settings are now key 9, Passive, Short Timeout, Aggregatable\n",
		"no deviation from the standard\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestReplayOfZeroIdentityBOX39 checks that an end with key 0, port number 0 or both is
// replayed like any other, and that the replay reports the zeros.
func TestReplayOfZeroIdentityBOX39(t *testing.T) {
	for _, c := range []struct {
		name      string
		key, port bool
		from      time.Duration
	}{
		{"key 0", true, false, 0},
		{"port 0", false, true, 0},
		{"both", true, true, 0},
		{"key 0 later", true, false, 4 * time.Second},
	} {
		sent := conversation(t, 8*time.Second)
		zeros := 0
		for i := range sent {
			p := &sent[i].pdu
			own := &p.Partner
			if sent[i].near {
				own = &p.Actor
			}
			if sent[i].at < c.from || own.System.MAC != nearMAC {
				continue
			}
			if c.key {
				own.Key = 0
			}
			if c.port {
				own.Port.Number = 0
			}
			if sent[i].near {
				zeros++
			}
		}
		status, out, stderr := runDump("-replay", recordTo(t, sent), "-as", nearMAC.String())
		if status != 0 || stderr != "" {
			t.Errorf("%s: status %d, %q, want 0 and nothing", c.name, status, stderr)
			continue
		}
		want := []string{fmt.Sprintf("%d × key or port number 0\n", zeros), "the engine ends with Distributing\n"}
		if c.from == 0 {
			want = append(want, "the engine has port ")
		} else {
			want = append(want, "the end's settings are now key 0, ")
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", c.name, w, out)
			}
		}
		if strings.Contains(out, "drops it") || strings.Contains(out, "invalid port settings") {
			t.Errorf("%s: want nothing refused by the engine, got\n%s", c.name, out)
		}
		if c.from != 0 {
			continue // here neither end follows the change
		}
		if strings.Count(out, "×") != 1 {
			t.Errorf("%s: want no other deviation, got\n%s", c.name, out)
		}
		// At the other end only the partner's zeros are unusual.
		status, out, stderr = runDump("-replay", recordTo(t, sent), "-as", farMAC.String())
		if status != 0 || stderr != "" || !strings.Contains(out, "the engine ends with Distributing\nno deviation from the standard\n") {
			t.Errorf("%s, as the partner: status %d, %q and\n%s", c.name, status, stderr, out)
		}
	}
}

// TestReplayOfCutFramesBOX39 checks that a cut after the Partner only adds a line to the
// output, and that lacpdump rejects a cut in the Partner.
func TestReplayOfCutFramesBOX39(t *testing.T) {
	path := recordTo(t, conversation(t, 8*time.Second))
	_, want, _ := runDump("-replay", path, "-as", nearMAC.String())
	for snap := 14 + partnerEnd; snap < 124; snap++ {
		status, got, stderr := runPiped(bytes.NewReader(snapped(t, readFile(t, path), snap)), "-replay", "-", "-as", nearMAC.String())
		const note = "The capture cut LACPDUs. The missing octets are assumed to be as in the standard.\n"
		if status != 0 || stderr != "" || strings.Replace(got, note, "", 1) != want || strings.Contains(got, note) != (snap < 124) {
			t.Fatalf("cut at %d: got status %d, %q and\n%s\nwant as for whole frames:\n%s", snap, status, stderr, got, want)
		}
	}
	cut := bytes.NewReader(snapped(t, readFile(t, path), 55))
	if status, _, stderr := runPiped(cut, "-replay", "-", "-as", nearMAC.String()); status != 2 || !strings.Contains(stderr, "frame 1 is cut before the end of its Partner: capture at least 56 octets of each frame") {
		t.Errorf("cut at 55: got status %d, %q", status, stderr)
	}
}

// TestReplayOfAGap checks that a replay skips a gap of years in one step.
func TestReplayOfAGap(t *testing.T) {
	sent := conversation(t, 6*time.Second)
	for i := len(sent) / 2; i < len(sent); i++ {
		sent[i].at += 10 * 365 * 24 * time.Hour
	}
	status, out, stderr := runDump("-replay", recordTo(t, sent), "-as", nearMAC.String())
	if status != 0 || stderr != "" || !strings.Contains(out, "no frames since ") || len(out) > 2<<20 {
		t.Errorf("got status %d, stderr %q, %d octets of output", status, stderr, len(out))
	}
}

func TestReplayErrors(t *testing.T) {
	path := recordTo(t, conversation(t, 2*time.Second))
	other := conversation(t, 2*time.Second)
	for i := range other {
		other[i].pdu.Actor.System.MAC = lacp.MAC{2, 9, 9, 9, 9, 9}
	}
	group := conversation(t, 2*time.Second)
	group[0].pdu.Actor.System.MAC = lacp.MAC{1}
	data := filepath.Join(t.TempDir(), "data.pcap")
	writeCapture(t, data, [][]byte{unhex(t, "ffffffffffff 02000000000a 0806"+strings.Repeat("00", 46))})
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"-replay", path}, "want -replay FILE and -as MAC"},
		{[]string{"-as", nearMAC.String(), path}, "want -replay FILE and -as MAC"},
		{[]string{"-json", "-replay", path, "-as", nearMAC.String()}, "without other arguments"},
		{[]string{"-replay", path, "-as", "someone"}, "MAC is someone, allowed: six octets"},
		{[]string{"-replay", path, "-as", "02:00:00:00:00:99"}, "no LACPDU from 02:00:00:00:00:99"},
		{[]string{"-replay", recordTo(t, other), "-as", "02:09:09:09:09:09"}, "2 ports of system"},
		{[]string{"-replay", recordTo(t, group), "-as", nearMAC.String()}, "cannot replay this end"},
		{[]string{"-replay", data, "-as", nearMAC.String()}, "no slow-protocols frame"},
		{[]string{"-replay", filepath.Join(t.TempDir(), "none"), "-as", nearMAC.String()}, "no such file"},
	} {
		if status, _, stderr := runDump(c.args...); status != 2 || !strings.Contains(stderr, c.says) {
			t.Errorf("%v: status %d, %q, want 2 with %q", c.args, status, stderr, c.says)
		}
	}
}

// TestReplayOfCaptures checks that captures of the lab and of others replay without an
// error, from both ends.
func TestReplayOfCaptures(t *testing.T) {
	var paths []string
	for _, dir := range []string{"../../internal/lab/testdata/captures/*.pcap", "../../../shared/captures/*.pcap", "../../../shared/captures/peers/*.pcap"} {
		found, err := filepath.Glob(dir)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	replays := 0
	for _, path := range paths {
		frames, err := readSlow(path, nil)
		if err != nil {
			continue // a capture without slow-protocols frames
		}
		ends := make(map[lacp.MAC]bool)
		for _, f := range frames {
			if f.slow.Kind == lacp.SlowLACPDU && len(ends) < 8 {
				ends[f.slow.Source] = true
			}
		}
		for as := range ends {
			status, out, stderr := runDump("-replay", path, "-as", as.String())
			// An adversary's capture uses the address zero, which no System can have.
			if (status != 0 || stderr != "") && !strings.Contains(stderr, "MAC is 00:00:00:00:00:00, allowed") {
				t.Errorf("%s as %s: status %d, %q", path, as, status, stderr)
			}
			if status == 0 && !strings.Contains(out, "the engine ends with ") {
				t.Errorf("%s as %s:\n%s", path, as, out)
			}
			replays++
		}
	}
	t.Logf("%d captures, %d replays", len(paths), replays)
	if len(paths) == 0 {
		t.Skip("needs captures, found no file")
	}
}
