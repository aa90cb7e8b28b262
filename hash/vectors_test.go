package hash_test

import (
	"encoding/csv"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/hash"
)

var update = flag.Bool("update", false, "regenerate testdata/vectors.csv from the reference")

// linuxPolicies holds the policies that Linux has.
var linuxPolicies = []hash.Policy{
	hash.Layer2, hash.Layer23, hash.Layer34, hash.Encap23, hash.Encap34, hash.VLANSrcMAC,
}

// variants holds the Hashers of Linux's policies, named like the columns of the vectors.
var variants = func() (v []variant) {
	for _, tags := range []hash.TagView{hash.TagInline, hash.TagStripped, hash.TagSocket} {
		for _, p := range linuxPolicies {
			h, err := hash.New(p, hash.Options{Tags: tags})
			if err != nil {
				panic(err)
			}
			v = append(v, variant{tags.String() + "/" + p.String(), h})
		}
	}
	return v
}()

type variant struct {
	name   string
	hasher hash.Hasher
}

// reference returns the hash that the variant must give.
func (v variant) reference(frame []byte) uint32 {
	return referenceSum(v.hasher.Policy(), v.hasher.Tags(), frame)
}

const ownVectors = "testdata/vectors.csv"

// TestVectors checks the package and the reference against the vectors in
// testdata, which cover every category of generate_test.go.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	rows := readCSV(t, ownVectors)
	if want := 20 * len(categories); len(rows) != want {
		t.Fatalf("got %d vectors, want %d", len(rows), want)
	}
	for _, row := range rows {
		frame := row.frame(t)
		for _, v := range variants {
			want := row.sum(t, v.name)
			if got := v.hasher.Sum32(frame); got != want {
				t.Errorf("vector %s (%s) %s: got %#08x, want %#08x", row["id"], row["category"], v.name, got, want)
			}
			if got := v.reference(frame); got != want {
				t.Errorf("vector %s (%s) %s: reference gave %#08x, want %#08x", row["id"], row["category"], v.name, got, want)
			}
		}
	}
}

// writeVectors writes testdata/vectors.csv.
func writeVectors(t *testing.T) {
	t.Helper()
	var out strings.Builder
	out.WriteString("id,category,frame")
	for _, v := range variants {
		out.WriteString("," + v.name)
	}
	out.WriteString("\n")
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 20 * len(categories) {
		c := categories[i%len(categories)]
		frame := c.make(r)
		fmt.Fprintf(&out, "%d,%s,%x", i+1, c.name, frame)
		for _, v := range variants {
			fmt.Fprintf(&out, ",%08x", v.reference(frame))
		}
		out.WriteString("\n")
	}
	if err := os.WriteFile(ownVectors, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// record is one line of a CSV file by column name.
type record map[string]string

// readCSV reads a CSV file whose first line names the columns.
func readCSV(t *testing.T, name string) []record {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]record, 0, len(lines))
	for _, line := range lines[1:] {
		row := record{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

// frame returns the octets of column frame.
func (r record) frame(t *testing.T) []byte {
	t.Helper()
	b, err := hex.DecodeString(r["frame"])
	if err != nil {
		t.Fatalf("vector %s: %v", r["id"], err)
	}
	return b
}

// sum returns the hexadecimal hash of a column.
func (r record) sum(t *testing.T, column string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(r[column], 16, 32)
	if err != nil {
		t.Fatalf("vector %s: column %s: %v", r["id"], column, err)
	}
	return uint32(n)
}
