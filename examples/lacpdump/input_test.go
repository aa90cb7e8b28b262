package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/lacp"
)

// runPiped is runDump with the standard input from stdin.
func runPiped(stdin io.Reader, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, stdin, &out, &errs)
	return status, out.String(), errs.String()
}

// packed returns a file compressed with gzip.
func packed(t testing.TB, file []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// snapped returns a capture file, as writeCapture writes it, with at most snap octets of
// each frame.
func snapped(t testing.TB, file []byte, snap int) []byte {
	t.Helper()
	const header, record = 24, 16
	b := bytes.Clone(file[:header])
	for rest := file[header:]; len(rest) > 0; {
		captured := int(binary.LittleEndian.Uint32(rest[8:]))
		kept := min(captured, snap)
		head := bytes.Clone(rest[:record])
		binary.LittleEndian.PutUint32(head[8:], uint32(kept))
		b = append(append(b, head...), rest[record:record+kept]...)
		rest = rest[record+captured:]
	}
	return b
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestStandardInputBOX39 checks that "-" gives the same as a file with that content, plain
// or compressed, printed or replayed.
func TestStandardInputBOX39(t *testing.T) {
	sample := readFile(t, sampleFile(t))
	want := string(readFile(t, filepath.Join("testdata", "sample.txt")))
	for name, stdin := range map[string][]byte{"plain": sample, "gzip": packed(t, sample)} {
		if status, got, stderr := runPiped(bytes.NewReader(stdin), "-"); status != 0 || got != want || stderr != "" {
			t.Errorf("%s: got status %d, stderr %q and\n%s\nwant 0, nothing and the contents of sample.txt", name, status, stderr, got)
		}
	}
	zipped := filepath.Join(t.TempDir(), "sample.pcap.gz")
	if err := os.WriteFile(zipped, packed(t, sample), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, got, stderr := runDump(zipped); status != 0 || got != want || stderr != "" {
		t.Errorf("sample.pcap.gz: got status %d, stderr %q and\n%s\nwant 0, nothing and the contents of sample.txt", status, stderr, got)
	}
	link := recordTo(t, conversation(t, 4e9))
	_, want, _ = runDump("-replay", link, "-as", nearMAC.String())
	status, got, stderr := runPiped(bytes.NewReader(packed(t, readFile(t, link))), "-replay", "-", "-as", nearMAC.String())
	if status != 0 || got != want || stderr != "" {
		t.Errorf("-replay -: got status %d, stderr %q and\n%s\nwant 0, nothing and\n%s", status, stderr, got, want)
	}
	for _, c := range []struct {
		stdin string
		says  string
	}{
		{"", "-: capture: not a pcap or pcapng file: it has only 0 octets"},
		{"no capture", "-: capture: not a pcap or pcapng file"},
		{string(sample[:200]), "the file ends in the middle of a record"},
		{string(packed(t, sample)[:40]), "ends"},
	} {
		if status, _, stderr := runPiped(strings.NewReader(c.stdin), "-"); status != 2 || !strings.Contains(stderr, c.says) {
			t.Errorf("%d octets: got status %d, stderr %q, want 2 and %q in it", len(c.stdin), status, stderr, c.says)
		}
	}
}

// TestStandardInputPrintsAtOnceBOX39 checks that lacpdump prints a frame before the next
// one comes, so that a live capture may write to the standard input.
func TestStandardInputPrintsAtOnceBOX39(t *testing.T) {
	sample := readFile(t, sampleFile(t))
	in, feed := io.Pipe()
	out, printed := io.Pipe()
	ended := make(chan int)
	go func() {
		status := run([]string{"-"}, in, printed, io.Discard)
		_ = printed.Close()
		ended <- status
	}()
	first := 24 + 16 + 124
	if _, err := feed.Write(sample[:first]); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 4096)
	n, err := out.Read(line)
	if err != nil || !strings.Contains(string(line[:n]), " #1 ") || !strings.HasSuffix(string(line[:n]), "\n") {
		t.Errorf("got %q, %v, want the line of frame 1", line[:n], err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	_ = feed.Close()
	if status := <-ended; status != 0 {
		t.Errorf("got status %d, want 0", status)
	}
}

// TestCutFramesBOX39 checks that lacpdump prints all whole fields of a frame that the
// capture cut, and reports the cut. A frame that was sent that short stays illegal.
func TestCutFramesBOX39(t *testing.T) {
	tail := func(frame []byte) []byte { return append(frame, make([]byte, 124-len(frame))...) }
	frames := map[string][]byte{
		"LACPDU":          tail(unhex(t, addresses+"8809 0101 "+strings.Replace(fixed, "0310 0000", "0310 0032", 1))),
		"tagged LACPDU":   append(tail(unhex(t, addresses+"8100 0005"+lacpdu)), 0, 0, 0, 0),
		"Marker":          tail(unhex(t, addresses+markerPDU)),
		"Marker Response": tail(unhex(t, addresses+response)),
		"OAM":             tail(unhex(t, addresses+"8809 03 0050 00")),
		"wrong length":    tail(unhex(t, addresses+"8809 0101 0113"+strings.Repeat("00", 18)+"0214")),
	}
	for name, frame := range frames {
		path := filepath.Join(t.TempDir(), "whole.pcap")
		writeCapture(t, path, [][]byte{frame})
		file := readFile(t, path)
		whole := cutRecord(t, file)
		head := 14
		if name == "tagged LACPDU" {
			head = 18
		}
		for snap := range frame {
			got := cutRecord(t, snapped(t, file, snap))
			known := snap - head
			switch {
			case known < 0: // the EtherType is missing, too
				if got != nil {
					t.Errorf("%s cut at %d: got %v, want nothing", name, snap, got)
				}
				continue
			case got == nil || got["cut"] != float64(len(frame)-snap):
				t.Errorf("%s cut at %d: got %v, want cut %d", name, snap, got, len(frame)-snap)
				continue
			}
			kind := "illegal"
			switch {
			case name == "OAM" && known > 0, name != "wrong length" && known >= lacp.PDULen,
				strings.HasSuffix(name, "LACPDU") && known >= 22, strings.HasPrefix(name, "Marker") && known >= 16:
				kind = whole["type"].(string)
			}
			if got["type"] != kind || (got["error"] != nil) != (kind == "illegal") {
				t.Errorf("%s cut at %d: got type %v, error %v, want type %s", name, snap, got["type"], got["error"], kind)
			}
			for field, from := range map[string]int{
				"version": 0, "actor": 22, "partner": 42, "collector_max_delay": 46,
				"requester_port": 16, "requester_system": 16, "transaction": 16,
			} {
				want := whole[field]
				if kind == "illegal" || known < from {
					want = nil
				}
				if fmt.Sprint(got[field]) != fmt.Sprint(want) {
					t.Errorf("%s cut at %d: %s is %v, want %v", name, snap, field, got[field], want)
				}
			}
		}
	}
	// This frame was sent with 60 octets. The capture kept all of them, or 50.
	short := filepath.Join(t.TempDir(), "short.pcap")
	writeCapture(t, short, [][]byte{frames["LACPDU"][:60]})
	for snap, says := range map[int]string{60: "PDU of 46 octets, at least 110 wanted", 50: "PDU of 36 octets, at least 110 wanted (the capture cut 10 octets of the frame)"} {
		if got := cutRecord(t, snapped(t, readFile(t, short), snap)); got["type"] != "illegal" || got["error"] != says || got["actor"] != nil {
			t.Errorf("sent short, cut at %d: got %v, want illegal: %s", snap, got, says)
		}
	}
}

// cutRecord returns the object that -json prints for a capture with one frame, or nil
// without output.
func cutRecord(t testing.TB, file []byte) map[string]any {
	t.Helper()
	status, out, stderr := runPiped(bytes.NewReader(file), "-json", "-")
	if status != 0 || stderr != "" {
		t.Fatalf("got status %d, stderr %q, want 0 and nothing", status, stderr)
	}
	if out == "" {
		return nil
	}
	var r map[string]any
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return r
}

// TestCutFramesAsTextBOX39 checks that the line of a cut frame ends with a remark.
func TestCutFramesAsTextBOX39(t *testing.T) {
	sample := readFile(t, sampleFile(t))
	for snap, want := range map[int]string{
		40: "lacpdu v1 actor 8000,02:00:00:00:00:0a key 1 port 8000,1 **DCSG*A (the capture cut 84 octets of the frame)",
		56: "lacpdu v1 actor 8000,02:00:00:00:00:0a key 1 port 8000,1 **DCSG*A partner 8000,02:00:00:00:00:0b key 2 port 8000,7 **DCSG*A (the capture cut 68 octets of the frame)",
		64: "port 8000,7 **DCSG*A max-delay 0 (the capture cut 60 octets of the frame)",
		35: "illegal: PDU of 21 octets, at least 110 wanted (the capture cut 89 octets of the frame)",
	} {
		status, out, stderr := runPiped(bytes.NewReader(snapped(t, sample, snap)), "-")
		line, _, _ := strings.Cut(out, "\n")
		if status != 0 || stderr != "" || !strings.HasSuffix(line, want) {
			t.Errorf("cut at %d: got status %d, stderr %q, %q, want it to end with %q", snap, status, stderr, line, want)
		}
	}
}

// TestOthersCapturesBOX39 reads captures made by other programs, if they are next to the
// repository.
func TestOthersCapturesBOX39(t *testing.T) {
	const folder = "../../../shared/cases/pcap"
	for name, want := range map[string]string{
		"nano.pcap.gz":   "2026-11-27T00:57:32.840501050Z #1 e6:50:50:f9:1e:d7 > 01:80:c2:00:00:02 lacpdu v1 actor 8000,e6:50:50:f9:1e:d7 key 23553 ",
		"snap64.pcap":    "partner fffe,0a:00:00:00:09:02 key 1 port ffff,2 **DCSGSA max-delay 0 (the capture cut 60 octets of the frame)\n",
		"h3c_moved.pcap": " #7 ",
	} {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("needs captures next to the repository: %v", err)
		}
		if status, out, stderr := runDump(path); status != 0 || stderr != "" || !strings.Contains(out, want) {
			t.Errorf("%s: got status %d, stderr %q and\n%s\nwant %q in it", name, status, stderr, out, want)
		}
	}
}
