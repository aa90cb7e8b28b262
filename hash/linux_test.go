package hash_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// linuxVectors returns the path of a file of vectors taken from Linux. They are kept next
// to the repository; without them it skips the test.
func linuxVectors(t *testing.T, name string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(root, "go.mod")) {
		parent := filepath.Dir(root)
		if parent == root {
			t.Skip("no go.mod above the test: cannot find ../shared/vectors")
		}
		root = parent
	}
	path := filepath.Join(root, "..", "shared", "vectors", name)
	if !exists(path) {
		t.Skipf("../shared/vectors/%s is not there", name)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestLinuxArithmetic compares every hash with the result of the Linux arithmetic, for a
// tag in the frame and for a tag outside it.
func TestLinuxArithmetic(t *testing.T) {
	views := map[hash.TagView]string{hash.TagInline: "inband", hash.TagStripped: "offload"}
	rows := readCSV(t, linuxVectors(t, "hash-linux.csv"))
	checked := 0
	for _, row := range rows {
		frame := row.frame(t)
		for _, v := range variants {
			if v.hasher.Tags() == hash.TagSocket {
				continue // below
			}
			column := views[v.hasher.Tags()] + "/" + v.hasher.Policy().String()
			want := row.sum(t, column)
			if got := v.hasher.Sum32(frame); got != want {
				t.Errorf("frame %s (%s) %s: got %#08x, want %#08x", row["id"], row["category"], column, got, want)
			}
			checked++
		}
	}
	for _, policy := range []hash.Policy{hash.Encap23, hash.Encap34} {
		socket := hasher(t, policy, hash.Options{Tags: hash.TagSocket})
		for _, row := range rows {
			column := "afpacket/" + policy.String()
			if got, want := socket.Sum32(row.frame(t)), row.sum(t, column); got != want {
				t.Errorf("frame %s (%s) %s: got %#08x, want %#08x", row["id"], row["category"], column, got, want)
			}
			checked++
		}
	}
	if checked < 19000 {
		t.Errorf("got %d hashes in the file, want at least 19000", checked)
	}
	t.Logf("%d hashes", checked)
}

// TestLinuxDecisions compares the member with the choice of a running Linux 6.1 bond, for
// frames written to a packet socket on the bond and for frames bridged into it. The bridge
// moves their outer tag into the metadata.
func TestLinuxDecisions(t *testing.T) {
	views := map[string]hash.TagView{
		"afpacket":        hash.TagSocket,
		"bridge":          hash.TagStripped,
		"bridge-untagged": hash.TagStripped,
	}
	counts := map[string]*spread.Table{"n3": table(3), "n5": table(5), "n7": table(7), "n8": table(8)}
	frames := map[string][]byte{}
	for _, row := range readCSV(t, linuxVectors(t, "hash-linux.csv")) {
		frames[row["id"]] = row.frame(t)
	}
	checked := 0
	for _, row := range readCSV(t, linuxVectors(t, "kernel-6.1-decisions.csv")) {
		policy, err := hash.ParsePolicy(row["policy"])
		if err != nil {
			t.Fatal(err)
		}
		view, ok := views[row["path"]]
		frame, known := frames[row["id"]]
		if !ok || !known {
			t.Fatalf("frame %s: unknown path %q", row["id"], row["path"])
		}
		h, err := hash.New(policy, hash.Options{Tags: view})
		if err != nil {
			t.Fatal(err)
		}
		for column, members := range counts {
			if row[column] == "" {
				continue // not seen in the experiment
			}
			want, err := strconv.Atoi(row[column])
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := members.Pick(h.Sum32(frame)); got != want {
				t.Errorf("frame %s %s %s %s: got member %d, want %d", row["id"], row["path"], policy, column, got, want)
			}
			checked++
		}
	}
	if checked < 67000 {
		t.Errorf("got %d decisions in the file, want at least 67000", checked)
	}
	t.Logf("%d decisions", checked)
}

// table returns a Table with members 0 to n-1.
func table(n int) *spread.Table {
	members := make([]uint16, n)
	for i := range members {
		members[i] = uint16(i)
	}
	return spread.NewTable(members)
}

// hasher returns a Hasher and fails the test if New does.
func hasher(t testing.TB, p hash.Policy, o hash.Options) hash.Hasher {
	t.Helper()
	h, err := hash.New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
