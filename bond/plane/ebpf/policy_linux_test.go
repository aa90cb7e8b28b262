package ebpf

import (
	"encoding/csv"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// hashProgram is the hash function of a policy as two programs that return the hash: one that
// reads some frames in place, and one that does not.
type hashProgram struct {
	hash.Hasher
	programs [2]*ebpf.Program
}

// testFrame is a frame as the tests describe it to the kernel: struct __sk_buff.
type testFrame struct {
	_        [2]uint32
	Mark     uint32 // a tag that the program puts outside the frame; 0: none
	_        [5]uint32
	Priority uint32 // the length that the program cuts the frame to
}

// In the mark, besides the tag.
const (
	markTag   = 1 << 16
	markOuter = 1 << 17 // of type 88a8
)

const (
	skbMark     = 8
	skbPriority = 32
)

func newHashProgram(t *testing.T, policy hash.Policy, tags hash.TagView) hashProgram {
	t.Helper()
	h, err := hash.New(policy, hash.Options{Tags: tags, Seed: hash.SeedFrom([]byte("a system"))})
	if err != nil {
		t.Fatal(err)
	}
	main := join(
		code{
			asm.Mov.Reg(frame, asm.R1),
			asm.LoadMem(asm.R2, frame, skbPriority, asm.Word),
			asm.Mov.Imm(asm.R3, 0),
			asm.FnSkbChangeTail.Call(),
			asm.Mov.Reg(asm.R1, frame),
			asm.LoadMem(asm.R3, frame, skbMark, asm.Word),
			asm.JEq.Imm(asm.R3, 0, "hash it"),
			asm.Mov.Imm(asm.R2, networkOrder(typeTag)),
			asm.JLT.Imm(asm.R3, markOuter, "push"),
			asm.Mov.Imm(asm.R2, networkOrder(typeOuterTag)),
		},
		at("push", code{asm.And.Imm(asm.R3, 0xffff), asm.FnSkbVlanPush.Call()}),
		at("hash it", code{asm.Mov.Imm(asm.R0, 0)}),
	)
	p := hashProgram{Hasher: h}
	for i, inPlace := range []bool{true, false} {
		sum, rest, err := hashCode(h, inPlace)
		if err != nil {
			t.Fatal(err)
		}
		p.programs[i] = loaded(t, "test_hash", join(main, sum, code{asm.Return()}, rest))
	}
	return p
}

// loaded loads a program for a test, which it skips without the right to.
func loaded(t testing.TB, name string, c code) *ebpf.Program {
	t.Helper()
	p, err := load(name, c)
	if errors.Is(err, unix.EPERM) { // EACCES is what the verifier says
		t.Skipf("needs the right to load a program: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// run returns the hash of a frame whose mark describes a tag outside. The kernel takes no frame
// for a test that is shorter than its IP header, so it gets a longer one and cuts it.
func (p hashProgram) run(t *testing.T, f []byte, mark uint32) uint32 {
	t.Helper()
	data := append(f[:len(f):len(f)], make([]byte, max(0, 80-len(f)))...)
	var got [2]uint32
	for i, program := range p.programs {
		var err error
		got[i], err = program.Run(&ebpf.RunOptions{Data: data, Context: testFrame{Mark: mark, Priority: uint32(len(f))}})
		if err != nil {
			t.Fatalf("%x: %v", f, err)
		}
	}
	if got[0] != got[1] {
		t.Errorf("%v %v: %x, read in place: %#08x, otherwise %#08x; want the same", p.Policy(), p.Tags(), f, got[0], got[1])
	}
	return got[0]
}

// compare checks the hash of a frame, with and without a tag outside.
func (p hashProgram) compare(t *testing.T, f []byte, tci uint16, outer bool) {
	t.Helper()
	if got, want := p.run(t, f, 0), p.Sum32(f); got != want {
		t.Errorf("%v %v: %x: %#08x, want %#08x", p.Policy(), p.Tags(), f, got, want)
	}
	mark := markTag | uint32(tci)
	if outer {
		mark |= markOuter
	}
	if got, want := p.run(t, f, mark), p.SumMeta(f, tci, true); got != want {
		t.Errorf("%v %v: %x with tag %#04x outside: %#08x, want %#08x", p.Policy(), p.Tags(), f, tci, got, want)
	}
}

var offered = []hash.Policy{hash.Layer2, hash.Layer23, hash.Layer34, hash.VLANSrcMAC, hash.Flow}

// eachProgram runs a test for each policy and view of tags.
func eachProgram(t *testing.T, test func(*testing.T, hashProgram)) {
	for _, policy := range offered {
		for _, tags := range []hash.TagView{hash.TagStripped, hash.TagInline, hash.TagSocket} {
			t.Run(policy.String()+" "+tags.String(), func(t *testing.T) { test(t, newHashProgram(t, policy, tags)) })
		}
	}
}

// TestHashOfRandomFrames compares the programs with package hash. EBPF_FRAMES is how many
// frames each program gets.
func TestHashOfRandomFrames(t *testing.T) {
	netlab.Slow(t)
	n := netlab.Number(t, "EBPF_FRAMES", 3000)
	eachProgram(t, func(t *testing.T, p hashProgram) {
		r := newFrames(uint64(p.Policy()))
		for range n {
			p.compare(t, r.next(), uint16(r.Uint32()), r.IntN(2) == 0)
			if t.Failed() {
				return
			}
		}
	})
}

// TestHashOfEveryLength cuts frames after each octet.
func TestHashOfEveryLength(t *testing.T) {
	eachProgram(t, func(t *testing.T, p hashProgram) {
		r := newFrames(7)
		for range 20 {
			f := r.next()
			for n := etherLen; n <= len(f) && !t.Failed(); n++ {
				p.compare(t, f[:n], 0x2001, false)
			}
		}
	})
}

// TestHashOfLinux compares the programs with the numbers of Linux's bonding driver.
func TestHashOfLinux(t *testing.T) {
	rows := linuxVectors(t)
	columns := map[hash.TagView]string{hash.TagInline: "inband/", hash.TagStripped: "offload/"}
	eachProgram(t, func(t *testing.T, p hashProgram) {
		column := columns[p.Tags()] + p.Policy().String()
		if rows[0][column] == "" {
			t.Skip("the file has no such column")
		}
		checked := 0
		for _, row := range rows {
			f, err := hex.DecodeString(row["frame"])
			if err != nil {
				t.Fatal(err)
			}
			want, err := strconv.ParseUint(row[column], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			if len(f) < etherLen {
				continue // the kernel has no such frame
			}
			if got := p.run(t, f, 0); got != uint32(want) {
				t.Errorf("frame %s (%s): %#08x, want %#08x", row["id"], row["category"], got, want)
			}
			checked++
		}
		if checked < 1300 {
			t.Errorf("%d frames checked, want at least 1300", checked)
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

func TestPoliciesThatThePlaneLacksAreRefused(t *testing.T) {
	for _, c := range []struct {
		policy  hash.Policy
		options hash.Options
	}{
		{hash.Encap23, hash.Options{}}, {hash.Encap34, hash.Options{}},
		{hash.DPDKLayer2, hash.Options{}}, {hash.DPDKLayer23, hash.Options{}}, {hash.DPDKLayer34, hash.Options{}},
		{hash.Flow, hash.Options{Symmetric: true}}, {hash.Flow, hash.Options{Inner: true}}, {hash.Flow, hash.Options{Hardened: true}},
	} {
		h, err := hash.New(c.policy, c.options)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = hashCode(h, true)
		var refused *lacp.FieldError
		if !errors.As(err, &refused) || refused.Field != "Hash" {
			t.Errorf("%v %+v: error %v, want a FieldError about Hash", c.policy, c.options, err)
		}
	}
}
