package main

import (
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// connections returns UDP datagrams of one pair of hosts from n ports.
func connections(n int) []string {
	var frames []string
	for i := range n {
		frames = append(frames, fmt.Sprintf("020000000002020000000001 0800 4500001c00000000401100000a0000010a000002 %04x0035 00080000", 1024+i))
	}
	return frames
}

// modes runs hashview on 1,000 connections.
func modes(t *testing.T, args ...string) string {
	t.Helper()
	path := writeCapture(t, connections(1000))
	status, stdout, stderr := runView(append(args, path)...)
	if status != 0 || stderr != "" {
		t.Fatalf("%v: got status %d, stderr %s", args, status, stderr)
	}
	return stdout
}

func contains(t *testing.T, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in the output, got\n%s", want, got)
		}
	}
}

func TestExplain(t *testing.T) {
	path := writeCapture(t, samples)
	_, got, _ := runView("-explain", "-policy", "layer3+4", "-members", "7", "-frame", "2", path)
	want := `#2 policy layer3+4, tag stripped, frame of 42 octets
  octets 26 to 33: 0a0000010a000002  IPv4 addresses
  octets 34 to 37: 04d20035  ports
  word 0x03000000  addresses
  word 0x3500d204  transport
  hash 0x1b1b7270, member 5
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	_, got, _ = runView("-explain", "-policy", "flow", "-members", "7", path)
	contains(t, got, "#1 policy flow, frame of 42", "only the Ethernet header counts", "bucket", "#4 policy flow, frame of 2", "ends inside a header")
}

// TestReport checks that layer2+3 puts all connections of one pair on one member, and
// layer3+4 spreads them.
func TestReport(t *testing.T) {
	got := modes(t, "-report", "-policy", "layer2+3", "-members", "4")
	contains(t, got, "1000 frames, 42000 octets, 1 different hashes", "mean, by weight: 4.000", "100.0 %  25.0 %  #########|##############################")
	got = modes(t, "-report", "-policy", "layer3+4", "-members", "4")
	contains(t, got, "if a member is lost, the octets that move:")
	got = modes(t, "-report", "-policy", "flow", "-weights", "10,30", "-seed", "one")
	contains(t, got, "heaviest of 1024 buckets:", "25.0 %", "75.0 %")
	if strings.Contains(got, "\n     0   0.0 %") {
		t.Errorf("want no loss of member 0, which has no share, got\n%s", got)
	}
	if other := modes(t, "-report", "-policy", "flow", "-weights", "10,30", "-seed", "two"); other == got {
		t.Error("two seeds give the same report, want different ones")
	}
}

func TestReportAsJSON(t *testing.T) {
	var r spread.Report
	if err := json.Unmarshal([]byte(modes(t, "-report", "-json", "-policy", "layer3+4", "-members", "4")), &r); err != nil {
		t.Fatal(err)
	}
	if r.Total.Frames != 1000 || len(r.Members) != 4 || len(r.Losses) != 4 || r.MaxMean < 1 {
		t.Errorf("%+v", r)
	}
}

// TestLose checks that only the lost member's frames move with buckets, and that others
// move with modulo.
func TestLose(t *testing.T) {
	got := modes(t, "-lose", "2", "-policy", "flow", "-members", "4")
	contains(t, got, "without member 2: its own ", " and 0 of members that stay (0.0 %)")
	if strings.Contains(got, "\n     2 ") {
		t.Errorf("want no line of member 2, got\n%s", got)
	}
	got = modes(t, "-lose", "2", "-policy", "layer3+4", "-members", "4")
	if strings.Contains(got, " and 0 of members that stay") {
		t.Errorf("want modulo to move frames of other members, got\n%s", got)
	}
	contains(t, modes(t, "-lose", "0", "-members", "1"), "its own 1000 frames move (100.0 %", "no member is left")
}

func TestCompare(t *testing.T) {
	got := modes(t, "-compare", "-members", "4")
	if n := strings.Count(got, "\n"); n != 1+len(hash.Policies()) {
		t.Errorf("got %d lines, want a heading and one per policy:\n%s", n, got)
	}
	contains(t, got, "layer2+3     modulo       1     4.000", "flow  resilient    1000", "dpdk:l34")
	// Options of flow do not affect the other policies.
	contains(t, modes(t, "-compare", "-policy", "flow", "-symmetric", "-members", "4"), "vlan+srcmac")
}

func TestSVG(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shares.svg")
	contains(t, modes(t, "-svg", path, "-policy", "layer3+4", "-members", "4"), "#1000 0x", "frames per member:")
	drawn, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bars := 0
	for d := xml.NewDecoder(strings.NewReader(string(drawn))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "line" {
			bars++
		}
	}
	if bars != 4 {
		t.Errorf("got %d bars, want 4:\n%s", bars, drawn)
	}
	contains(t, string(drawn), "Policy layer3+4 over 4 members", "1000 frames, 42000 octets", "member 3")
}

// TestLengthOnTheWire checks that a frame that the capture cut counts with its octets on
// the wire. The file is written by hand: little-endian pcap, one record.
func TestLengthOnTheWire(t *testing.T) {
	frame := strings.ReplaceAll(connections(1)[0], " ", "")
	file, err := hex.DecodeString("d4c3b2a1" + "02000400" + "0000000000000000" + "00000400" + "01000000" +
		"0100000000000000" + "2a000000" + "dc050000" + frame)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.pcap")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	_, got, stderr := runView("-report", "-members", "2", path)
	contains(t, got+stderr, "1 frames, 1500 octets")
}

func TestRefusedTogether(t *testing.T) {
	path := writeCapture(t, samples)
	for says, args := range map[string][]string{
		"-members and -weights, want one":                      {"-members", "2", "-weights", "1,2"},
		`-weights has "0"`:                                     {"-weights", "1,0"},
		`-weights has ""`:                                      {"-weights", "1,"},
		"-lose is 4, want a member, 0 to 3":                    {"-members", "4", "-lose", "4"},
		"-lose is -2, want a member, 0 to 3":                   {"-members", "4", "-lose", "-2"},
		"-frame is -1, want 1 or more":                         {"-members", "4", "-frame", "-1"},
		"frame 9 is not in the file":                           {"-members", "4", "-frame", "9", "-explain"},
		`-table is "x", want modulo or resilient`:              {"-members", "4", "-table", "x"},
		"modulo ignores weights":                               {"-weights", "1,2", "-table", "modulo"},
		"-explain shows frames":                                {"-members", "4", "-explain", "-report"},
		"-json is for frames and -report":                      {"-members", "4", "-json", "-compare"},
		`Inner is "true", allowed: false with policy layer2+3`: {"-members", "4", "-inner"},
		`Buckets is "1000", allowed: a power of two`:           {"-members", "4", "-buckets", "1000", "-policy", "flow"},
		`number of members is "1025", allowed: at most`:        {"-members", "1025", "-policy", "flow"},
		"no such file or directory":                            {"-members", "4", "-svg", "/nonexistent/a/b.svg"},
	} {
		status, _, stderr := runView(append(args, path)...)
		if status != 2 || !strings.Contains(stderr, says) {
			t.Errorf("%v: got status %d, stderr %s; want 2 with %q", args, status, stderr, says)
		}
	}
}

// TestFlowOnOthersCapturesBOX40 checks that 64 flows of one pair of stations take all of
// four members by flow; those of tunnels need -inner. It needs captures next to the
// repository.
func TestFlowOnOthersCapturesBOX40(t *testing.T) {
	for name, inner := range map[string]bool{
		"h_pppoe": false, "h_mpls": false, "h_qinq": false, "h_ipv6flow": false, "h_roce": false, "h_gtp": true, "h_l2tp": true,
	} {
		path := filepath.Join("../../../shared/cases/pcap", name+".pcap")
		if _, err := os.Stat(path); err != nil {
			t.Skipf("needs captures next to the repository: %v", err)
		}
		args := []string{"-policy", "flow", "-members", "4"}
		if inner {
			args = append(args, "-inner")
		}
		status, stdout, stderr := runView(append(args, path)...)
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		var counts [4]int
		_, err := fmt.Sscanf(lines[len(lines)-1], "frames per member: 0:%d 1:%d 2:%d 3:%d", &counts[0], &counts[1], &counts[2], &counts[3])
		if status != 0 || stderr != "" || err != nil || slices.Min(counts[:]) == 0 || slices.Max(counts[:]) > 32 {
			t.Errorf("%s: got status %d, stderr %q, error %v, %v of 64 frames per member, want 1 to 32 for each", name, status, stderr, err, counts)
		}
	}
}
