package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestKernelVectors checks that a capture of frames that the Linux bonding driver hashed
// gives the driver's hashes and, with modulo, its members. It checks our own vectors, too.
func TestKernelVectors(t *testing.T) {
	for _, c := range []struct {
		name, file       string
		stripped, inline string // the first part of the column names
	}{
		{"kernel", "../../../shared/vectors/hash-linux.csv", "offload", "inband"},
		{"own", "../../hash/testdata/vectors.csv", "stripped", "inline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := readVectors(t, c.file)
			var frames []string
			for _, row := range rows {
				frames = append(frames, row["frame"])
			}
			path := writeCapture(t, frames)
			for tags, column := range map[string]string{"stripped": c.stripped, "inline": c.inline} {
				for _, policy := range []string{"layer2", "layer2+3", "layer3+4"} {
					compare(t, rows, column+"/"+policy, "-policy", policy, "-tags", tags, "-members", "5", "-json", path)
				}
			}
			t.Logf("%d frames by 3 policies and 2 views of the tag", len(rows))
		})
	}
}

func compare(t *testing.T, rows []map[string]string, column string, args ...string) {
	t.Helper()
	var want strings.Builder
	for i, row := range rows {
		sum, err := strconv.ParseUint(row[column], 16, 32)
		if err != nil {
			t.Fatalf("row %d: %v", i+1, err)
		}
		fmt.Fprintf(&want, "{\"frame\":%d,\"hash\":\"0x%s\",\"member\":%d}\n", i+1, row[column], sum%5)
	}
	status, got, stderr := runView(args...)
	if status != 0 {
		t.Fatalf("%v: got status %d, stderr %s", args, status, stderr)
	}
	g, w := strings.Split(got, "\n"), strings.Split(want.String(), "\n")
	if len(g) != len(w) {
		t.Fatalf("%s: got %d lines, want %d", column, len(g), len(w))
	}
	for i := range w {
		if g[i] != w[i] {
			t.Errorf("%s:\n got %s\nwant %s (%s)", column, g[i], w[i], rows[i]["category"])
		}
	}
}

// readVectors reads the rows of a CSV file by column name.
func readVectors(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		t.Skipf("needs the vectors: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) < 2 {
		t.Fatalf("%s has no rows", name)
	}
	rows := make([]map[string]string, len(lines)-1)
	for i, line := range lines[1:] {
		rows[i] = map[string]string{}
		for j, cell := range line {
			rows[i][lines[0][j]] = cell
		}
	}
	return rows
}
