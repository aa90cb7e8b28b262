package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/internal/capture"
)

// sharedCaptures is the folder with captures of real devices, next to the repository.
const sharedCaptures = "../../../shared/captures"

// tsharkFields are the fields that tshark prints; fieldsOf returns ours in the same order
// and form.
var tsharkFields = []string{"frame.number", "frame.time_epoch", "eth.src", "eth.dst", "ieee8021ad.id", "vlan.id",
	"lacp.version", "lacp.collector.max_delay",
	"lacp.actor.sys_priority", "lacp.actor.sysid", "lacp.actor.key", "lacp.actor.port_priority", "lacp.actor.port", "lacp.actor.state", "lacp.actor.state_str",
	"lacp.partner.sys_priority", "lacp.partner.sysid", "lacp.partner.key", "lacp.partner.port_priority", "lacp.partner.port", "lacp.partner.state", "lacp.partner.state_str",
	"marker.version", "marker.tlvType", "marker.requesterPort", "marker.requesterSystem", "marker.requesterTransId"}

func fieldsOf(f capture.Frame, line []byte) (string, error) {
	var got record
	if err := json.Unmarshal(line, &got); err != nil {
		return "", err
	}
	vlans := strings.Trim(strings.ReplaceAll(fmt.Sprint(got.VLANs), " ", ","), "[]")
	out := []string{fmt.Sprint(got.Frame), fmt.Sprintf("%d.%09d", f.Time.Unix(), f.Time.Nanosecond()), got.Source.String(), got.Dest.String(), vlans}
	switch {
	case got.Actor != nil:
		out = append(out, fmt.Sprintf("0x%02x", *got.Version), fmt.Sprint(*got.CollectorMaxDelay))
		for _, e := range []*end{got.Actor, got.Partner} {
			out = append(out, fmt.Sprint(e.SystemPriority), e.System.String(), fmt.Sprint(e.Key),
				fmt.Sprint(e.PortPriority), fmt.Sprint(e.Port), e.State, letters(e))
		}
		out = append(out, "", "", "", "", "")
	case got.Transaction != nil:
		kind := map[string]string{"marker": "0x01,0x00", "marker-response": "0x02,0x00"}[got.Type] // with the terminator's
		out = append(out, make([]string, 16)...)
		out = append(out, fmt.Sprintf("0x%02x", *got.Version), kind, fmt.Sprint(*got.RequesterPort), got.RequesterSystem.String(), fmt.Sprint(*got.Transaction))
	default:
		out = append(out, make([]string, 21)...)
	}
	return strings.Join(out, "\t"), nil
}

// joinVLANs joins tshark's two columns of tags, one for each TPID, into one.
func joinVLANs(line string) string {
	column := strings.Split(line, "\t")
	vlans := strings.Trim(column[4]+","+column[5], ",")
	return strings.Join(append(append(column[:4:4], vlans), column[6:]...), "\t")
}

// letters builds Wireshark's notation from the names of the flags.
func letters(e *end) string {
	word := map[string]byte{"Expired": 'E', "Defaulted": 'F', "Distributing": 'D', "Collecting": 'C',
		"Synchronization": 'S', "Aggregation": 'G', "Timeout": 'S', "Activity": 'A'}
	place := map[string]int{"Expired": 0, "Defaulted": 1, "Distributing": 2, "Collecting": 3,
		"Synchronization": 4, "Aggregation": 5, "Timeout": 6, "Activity": 7}
	b := []byte("********")
	for _, f := range e.Flags {
		b[place[f]] = word[f]
	}
	return string(b)
}

// TestDecodesAsTshark checks that every field of every frame of the captures of real
// devices, and of the well-formed frames of the sample, is what tshark prints.
func TestDecodesAsTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	all := sampleFrames(t)
	all = append(all[:2:2], all[3:10]...) // without malformed frames, because tshark does not judge them
	paths, err := filepath.Glob(sharedCaptures + "/*.pcap")
	if err != nil {
		t.Fatal(err)
	}
	peers, err := filepath.Glob(sharedCaptures + "/peers/*.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Log("no captures of real devices, comparing only the sample")
	}
	for _, path := range append(paths, peers...) {
		if filepath.Base(path) == "adversarial.pcap" {
			continue
		}
		for _, f := range readFrames(t, path) {
			all = append(all, f.Data)
		}
	}
	path := filepath.Join(t.TempDir(), "all.pcap")
	writeCapture(t, path, all)
	compareWithTshark(t, path)
}

func readFrames(t *testing.T, path string) []capture.Frame {
	t.Helper()
	r, err := capture.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var frames []capture.Frame
	for f, err := range r.Frames() {
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		frames = append(frames, f)
	}
	return frames
}

func compareWithTshark(t *testing.T, path string) {
	t.Helper()
	args := []string{"-n", "-r", path, "-Y", "slow", "-T", "fields"}
	for _, f := range tsharkFields {
		args = append(args, "-e", f)
	}
	theirs, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	frames := readFrames(t, path)
	status, ours, stderr := runDump("-json", path)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	want, got := bufio.NewScanner(bytes.NewReader(theirs)), bufio.NewScanner(strings.NewReader(ours))
	compared := 0
	for got.Scan() {
		var n struct{ Frame int }
		if err := json.Unmarshal(got.Bytes(), &n); err != nil {
			t.Fatal(err)
		}
		line, err := fieldsOf(frames[n.Frame-1], got.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !want.Scan() {
			t.Fatalf("tshark has no line for %s", line)
		}
		if theirs := joinVLANs(want.Text()); line != theirs {
			t.Errorf("frame %d\n ours  %s\ntheirs %s", n.Frame, line, theirs)
		}
		compared++
	}
	if want.Scan() {
		t.Errorf("lacpdump has no line for %s", want.Text())
	}
	t.Logf("%d frames compared", compared)
}

// TestAdversarialVerdicts checks that each frame of the adversarial capture gets the type
// in the list next to the capture.
func TestAdversarialVerdicts(t *testing.T) {
	list, err := os.ReadFile(sharedCaptures + "/adversarial.tsv")
	if err != nil {
		t.Skipf("needs the adversarial capture: %v", err)
	}
	status, out, stderr := runDump("-json", sharedCaptures+"/adversarial.pcap")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	types := map[int]string{}
	for line := range strings.Lines(out) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if (r.Type == "illegal") != (r.Error != "") {
			t.Errorf("frame %d: got type %s with error %q", r.Frame, r.Type, r.Error)
		}
		types[r.Frame] = r.Type
	}
	checked := 0
	for line := range strings.Lines(string(list)) {
		column := strings.Split(line, "\t")
		var n int
		if _, err := fmt.Sscan(column[0], &n); err != nil {
			continue // the heading
		}
		name, verdict := column[1], column[3]
		want := "lacpdu"
		switch {
		case verdict == "illegal":
			want = "illegal"
		case name == "lacp-llc-length-field":
			want = "" // another EtherType
		case name == "slow-subtype-3":
			want = "oam"
		case name == "slow-subtype-10", name == "esmc-ql":
			want = "ossp"
		case verdict == "unknown":
			want = "unknown"
		case strings.HasPrefix(name, "marker"):
			want = "marker"
		}
		if types[n] != want {
			t.Errorf("frame %d, %s: got type %q, want %q", n, name, types[n], want)
		}
		checked++
	}
	if checked != 82 {
		t.Errorf("got %d verdicts checked, want 82", checked)
	}
}
