package team

import (
	"encoding/csv"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

var offered = []hash.Policy{hash.Layer2, hash.Layer23, hash.Layer34, hash.VLANSrcMAC}

// manyBuckets is a prime so large that the number modulo it shows nearly the whole hash.
const manyBuckets = 1<<31 - 1

// testHash is a hash and its program.
type testHash struct {
	hash.Hasher
	buckets int
	code    []bpf.Instruction
}

func newTestHash(t *testing.T, p hash.Policy, tags hash.TagView, buckets int) testHash {
	t.Helper()
	h, err := hash.New(p, hash.Options{Tags: tags})
	if err != nil {
		t.Fatal(err)
	}
	code, err := hashCode(h, buckets)
	if err != nil {
		t.Fatal(err)
	}
	return testHash{h, buckets, code}
}

// run returns the program's result for a frame, whose tag is outside if tagged. The interpreter
// knows no tags, so it gets constants.
func (h testHash) run(t *testing.T, f []byte, tci uint16, tagged bool) uint32 {
	t.Helper()
	present := uint32(0)
	if tagged {
		present = 1
	}
	code := append([]bpf.Instruction(nil), h.code...)
	for i, c := range code {
		switch c {
		case bpf.LoadExtension{Num: bpf.ExtVLANTag}:
			code[i] = bpf.LoadConstant{Dst: bpf.RegA, Val: uint32(tci)}
		case bpf.LoadExtension{Num: bpf.ExtVLANTagPresent}:
			code[i] = bpf.LoadConstant{Dst: bpf.RegA, Val: present}
		}
	}
	vm, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	got, err := vm.Run(f)
	if err != nil {
		t.Fatalf("%x: %v", f, err)
	}
	return uint32(got)
}

// compare checks the number of a frame, with and without a tag outside.
func (h testHash) compare(t *testing.T, f []byte, tci uint16) {
	t.Helper()
	n := uint32(h.buckets)
	if got, want := h.run(t, f, 0, false), h.Sum32(f)%n; got != want {
		t.Errorf("%v %v: %x: %#08x, want %#08x", h.Policy(), h.Tags(), f, got, want)
	}
	if got, want := h.run(t, f, tci, true), h.SumMeta(f, tci, true)%n; got != want {
		t.Errorf("%v %v: %x with tag %#04x outside: %#08x, want %#08x", h.Policy(), h.Tags(), f, tci, got, want)
	}
}

// eachHash runs a test for each policy and view of tags.
func eachHash(t *testing.T, test func(*testing.T, testHash)) {
	for _, policy := range offered {
		for _, tags := range []hash.TagView{hash.TagStripped, hash.TagInline, hash.TagSocket} {
			t.Run(policy.String()+" "+tags.String(), func(t *testing.T) {
				test(t, newTestHash(t, policy, tags, manyBuckets))
			})
		}
	}
}

func TestHashOfRandomFrames(t *testing.T) {
	eachHash(t, func(t *testing.T, h testHash) {
		r := newFrames(uint64(h.Policy()))
		for range 3000 {
			h.compare(t, r.next(), uint16(r.Uint32()))
			if t.Failed() {
				return
			}
		}
	})
}

// TestHashOfEveryLength cuts frames after each octet.
func TestHashOfEveryLength(t *testing.T) {
	eachHash(t, func(t *testing.T, h testHash) {
		r := newFrames(7)
		for range 40 {
			f := r.next()
			for n := range len(f) + 1 {
				h.compare(t, f[:n:n], 0x2001)
				if t.Failed() {
					return
				}
			}
		}
	})
}

// TestHashOfLinux compares the programs with the numbers of Linux's bonding driver.
func TestHashOfLinux(t *testing.T) {
	rows := linuxVectors(t)
	columns := map[hash.TagView]string{hash.TagInline: "inband/", hash.TagStripped: "offload/"}
	eachHash(t, func(t *testing.T, h testHash) {
		column := columns[h.Tags()] + h.Policy().String()
		if rows[0][column] == "" {
			t.Skip("the file has no such column")
		}
		for _, row := range rows {
			f, err := hex.DecodeString(row["frame"])
			if err != nil {
				t.Fatal(err)
			}
			want, err := strconv.ParseUint(row[column], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.run(t, f, 0, false); got != uint32(want)%manyBuckets {
				t.Errorf("frame %s (%s): %#08x, want %#08x", row["id"], row["category"], got, uint32(want)%manyBuckets)
			}
		}
		if len(rows) < 1300 {
			t.Errorf("%d frames checked, want at least 1300", len(rows))
		}
	})
}

// linuxVectors reads the hashes of Linux, which are kept next to the repository.
func linuxVectors(t *testing.T) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "..", "shared", "vectors", "hash-linux.csv"))
	if err != nil {
		t.Skipf("needs the file of Linux's hashes: %v", err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		row := make(map[string]string)
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

// TestHashFitsTheTable: the driver folds the result of the program to eight bits by XOR of its
// octets, so the upper ones have to be zero. The kernel takes no more than 4,096 instructions.
func TestHashFitsTheTable(t *testing.T) {
	r := newFrames(3)
	for _, policy := range offered {
		for _, buckets := range []int{1, 2, 3, 7, 255, 256} {
			h := newTestHash(t, policy, hash.TagStripped, buckets)
			for range 200 {
				f := r.next()
				h.compare(t, f, 7)
				if got := h.run(t, f, 0, false); got >= uint32(buckets) {
					t.Fatalf("%v: %x: %d, want less than %d", policy, f, got, buckets)
				}
			}
			if len(h.code) > 1024 {
				t.Errorf("%v: %d instructions, want at most 1024", policy, len(h.code))
			}
		}
	}
}

func TestPoliciesThatThePlaneLacksAreRefused(t *testing.T) {
	for _, policy := range []hash.Policy{hash.Encap23, hash.Encap34, hash.Flow, hash.DPDKLayer2, hash.DPDKLayer23, hash.DPDKLayer34} {
		h, err := hash.New(policy, hash.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = hashCode(h, 2)
		var refused *lacp.FieldError
		if !errors.As(err, &refused) || refused.Field != "Hash" || refused.Value != policy.String() {
			t.Errorf("%v: error %v, want a FieldError about Hash", policy, err)
		}
	}
}
