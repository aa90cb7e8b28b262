package main

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/capture"
)

func runView(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// writeCapture writes a capture file of frames given in hexadecimal and returns its path.
func writeCapture(t testing.TB, frames []string) string {
	t.Helper()
	var file bytes.Buffer
	w, err := capture.NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range frames {
		frame, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(time.Unix(1, 0), frame); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "frames.pcap")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// samples holds an ARP request, a UDP datagram, the same with VLAN tag 5, and a frame that
// is too short.
//
// The hashes below are worked out by hand. layer2 is the exclusive or of the last octets of
// the addresses and the EtherType: ff^01^0806 = 08f8, 02^01^0800 = 0803, and with the tag's
// TPID 02^01^8100 = 8103. layer3+4 reads the words like a little-endian kernel: the ports
// as 3500d204 and the addresses as 0100000a^0200000a, together h = 3600d204; h ^= h>>16:
// 3600e404; h ^= h>>8: 3636e4e0; h >> 1: 1b1b7270.
var samples = []string{
	"ffffffffffff 020000000001 0806 0001080006040001 020000000001 0a000001 000000000000 0a000002",
	"020000000002 020000000001 0800 " + datagram,
	"020000000002 020000000001 8100 0005 0800 " + datagram,
	"0200",
}

const datagram = "4500001c 00000000 40110000 0a000001 0a000002 04d2 0035 0008 0000"

func TestView(t *testing.T) {
	path := writeCapture(t, samples)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-policy", "layer2", "-members", "3", path},
			"#1 0x000008f8 member 1\n#2 0x00000803 member 2\n#3 0x00000803 member 2\n#4 0x00000000 member 0\nframes per member: 0:1 1:1 2:2\n"},
		{[]string{"-policy", "0", "-members", "4", "-tags", "inline", path},
			"#1 0x000008f8 member 0\n#2 0x00000803 member 3\n#3 0x00008103 member 3\n#4 0x00000000 member 0\nframes per member: 0:2 1:0 2:0 3:2\n"},
		{[]string{"-policy", "LAYER3+4", "-members", "7", "-json", path},
			`{"frame":1,"hash":"0x000008f8","member":0}` + "\n" + `{"frame":2,"hash":"0x1b1b7270","member":5}` + "\n" +
				`{"frame":3,"hash":"0x1b1b7270","member":5}` + "\n" + `{"frame":4,"hash":"0x00000000","member":0}` + "\n"},
	} {
		status, stdout, stderr := runView(c.args...)
		if status != 0 || stderr != "" || stdout != c.want {
			t.Errorf("%v: got status %d, stderr %q\n got %s\nwant %s", c.args[:len(c.args)-1], status, stderr, stdout, c.want)
		}
	}
}

func TestDefaultPolicyIsLayer23(t *testing.T) {
	path := writeCapture(t, samples)
	_, byDefault, _ := runView("-members", "7", "-json", path)
	_, explicit, _ := runView("-policy", "layer2+3", "-tags", "stripped", "-members", "7", "-json", path)
	if byDefault != explicit || strings.Count(byDefault, "\n") != len(samples) {
		t.Errorf("default\n%s\nlayer2+3\n%s", byDefault, explicit)
	}
}

// TestStandardInputBOX39 checks that "-" gives the same as a file with that content.
func TestStandardInputBOX39(t *testing.T) {
	path := writeCapture(t, samples)
	_, want, _ := runView("-members", "3", path)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packed, out, errs bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if status := run([]string{"-members", "3", "-"}, &packed, &out, &errs); status != 0 || out.String() != want || errs.Len() != 0 {
		t.Errorf("got status %d, stderr %q and\n%s\nwant 0, nothing and\n%s", status, errs.String(), out.String(), want)
	}
}

func TestExitStatus(t *testing.T) {
	path := writeCapture(t, samples[:2])
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name   string
		args   []string
		status int
		lines  int
		says   string
	}{
		{"whole", []string{"-members", "1", path}, 0, 3, ""},
		{"most members", []string{"-json", "-members", "65536", path}, 0, 2, ""},
		{"cut", []string{"-members", "2", file("cut", whole[:len(whole)-1])}, 2, 2, "frame 2 at octet 82: the file ends in the middle of a record"},
		{"cut, as JSON", []string{"-json", "-members", "2", file("cut", whole[:len(whole)-1])}, 2, 1, "ends in the middle"},
		{"text", []string{"-members", "2", file("text", []byte("some text"))}, 2, 0, "not a pcap or pcapng file"},
		{"no file", []string{"-members", "2", filepath.Join(t.TempDir(), "none")}, 2, 0, "no such file"},
		{"no members", []string{path}, 2, 0, "-members is 0, want 1 to 65536"},
		{"too many members", []string{"-members", "65537", path}, 2, 0, "-members is 65537, want 1 to 65536"},
		{"policy", []string{"-members", "2", "-policy", "layer5", path}, 2, 0, `"layer5", allowed: layer2 (or 0)`},
		{"tags", []string{"-members", "2", "-tags", "gone", path}, 2, 0, `"gone", allowed: stripped, inline or socket`},
		{"no argument", []string{"-members", "2"}, 2, 0, "want one file, got 0"},
		{"help", []string{"-h"}, 0, 0, "usage: hashview"},
	} {
		status, stdout, stderr := runView(c.args...)
		if status != c.status || strings.Count(stdout, "\n") != c.lines {
			t.Errorf("%s: got status %d with %d lines, want %d with %d", c.name, status, strings.Count(stdout, "\n"), c.status, c.lines)
		}
		if !strings.Contains(stderr, c.says) || (c.says == "") != (stderr == "") {
			t.Errorf("%s: got stderr %q, want it to contain %q", c.name, stderr, c.says)
		}
	}
}
