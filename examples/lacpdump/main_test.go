package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata")

// TestMain lets a test start this program as a separate process.
func TestMain(m *testing.M) {
	if os.Getenv("LACPDUMP_IS_THE_PROGRAM") != "" {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func runDump(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// TestGolden compares the output for the sample capture with testdata, line by line.
func TestGolden(t *testing.T) {
	sample := filepath.Join("testdata", "sample.pcap")
	if *update {
		writeCapture(t, sample, sampleFrames(t))
	}
	stored, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(sampleFile(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stored, made) {
		t.Error("testdata/sample.pcap differs from the frames of frames_test.go: run with -update")
	}
	for golden, args := range map[string][]string{"sample.txt": {sample}, "sample.json": {"-json", sample}} {
		status, got, stderr := runDump(args...)
		if status != 0 || stderr != "" {
			t.Errorf("%v: got status %d, stderr %q, want 0 and nothing", args, status, stderr)
		}
		path := filepath.Join("testdata", golden)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range max(len(gotLines), len(wantLines)) {
			var g, w string
			if i < len(gotLines) {
				g = gotLines[i]
			}
			if i < len(wantLines) {
				w = wantLines[i]
			}
			if g != w {
				t.Errorf("%s line %d:\n got %s\nwant %s", golden, i+1, g, w)
			}
		}
	}
}

func TestExitStatus(t *testing.T) {
	folder := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sample, err := os.ReadFile(sampleFile(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		status int
		lines  int // on stdout
		says   string
	}{
		{"whole", []string{file("whole", sample)}, 0, 18, ""},
		{"no frames", []string{file("empty.pcap", sample[:24])}, 0, 0, ""},
		{"cut in the third frame", []string{file("cut", sample[:24+2*140+50])}, 2, 2,
			"frame 3 at octet 304: the file ends in the middle of a record: want frame of 124 octets, got 34"},
		{"cut in a record header, as JSON", []string{"-json", file("cut2", sample[:24+140+7])}, 2, 1, "want record header of 16 octets, got 7"},
		{"cut in the file header", []string{file("cut3", sample[:20])}, 2, 0, "want header of 24 octets, got 20"},
		{"text", []string{file("text", []byte("just some text"))}, 2, 0, "not a pcap or pcapng file"},
		{"empty", []string{file("nothing", nil)}, 2, 0, "not a pcap or pcapng file"},
		{"folder", []string{folder}, 2, 0, "is a directory"},
		{"nothing of the name", []string{filepath.Join(folder, "none")}, 2, 0, "no such file, and no such interface"},
		{"no argument", nil, 2, 0, "usage: lacpdump"},
		{"two arguments", []string{"a", "b"}, 2, 0, "usage: lacpdump"},
		{"unknown flag", []string{"-x", "a"}, 2, 0, "usage: lacpdump"},
		{"help", []string{"-h"}, 0, 0, "usage: lacpdump"},
	} {
		status, stdout, stderr := runDump(c.args...)
		if status != c.status || strings.Count(stdout, "\n") != c.lines {
			t.Errorf("%s: got status %d with %d lines, want %d with %d", c.name, status, strings.Count(stdout, "\n"), c.status, c.lines)
		}
		if !strings.Contains(stderr, c.says) || (c.says == "") != (stderr == "") {
			t.Errorf("%s: got stderr %q, want it to contain %q", c.name, stderr, c.says)
		}
	}
}

// failingWriter fails like a full disk.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteErrorIsReported(t *testing.T) {
	var stderr bytes.Buffer
	if status := run([]string{sampleFile(t)}, strings.NewReader(""), failingWriter{}, &stderr); status != 2 || !strings.Contains(stderr.String(), "closed") {
		t.Errorf("got status %d, stderr %q", status, stderr.String())
	}
}
