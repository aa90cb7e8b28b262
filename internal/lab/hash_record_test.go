package lab

import (
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// bondingChoices is the file that records the bonding driver's choices: a row per frame with a
// column per policy and number of members.
const bondingChoices = "testdata/bonding-choices.csv"

// memberCounts lists the sizes of the bonds.
var memberCounts = []int{2, 3, 5}

// linuxPolicies lists the names of the driver's policies, by number.
var linuxPolicies = []string{"layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"}

// choiceColumn returns the column name for a policy and a number of members.
func choiceColumn(policy string, members int) string { return fmt.Sprintf("%s/%d", policy, members) }

// hashFrame is one frame of ours.
type hashFrame struct {
	category string
	octets   []byte
}

// readFrames reads the frames of a file with the columns category and frame, and its rows by
// column.
func readFrames(t testing.TB, path string) (frames []hashFrame, rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, line := range lines[1:] {
		row := make(map[string]string, len(line))
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		octets, err := hex.DecodeString(row["frame"])
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		frames, rows = append(frames, hashFrame{row["category"], octets}), append(rows, row)
	}
	return frames, rows
}

// TestHashChoosesAsLinuxBonding replays a recording of a guest's bonding driver: for each
// frame, package hash chooses the same member.
func TestHashChoosesAsLinuxBonding(t *testing.T) {
	frames, rows := readFrames(t, bondingChoices)
	for _, name := range linuxPolicies {
		t.Run(name, func(t *testing.T) {
			policy, err := hash.ParsePolicy(name)
			if err != nil {
				t.Skipf("package hash lacks a recorded policy: %v", err)
			}
			h, err := hash.New(policy, hash.Options{Tags: socketView()})
			if err != nil {
				t.Fatal(err)
			}
			checked, wrong := 0, 0
			for _, members := range memberCounts {
				var ids []uint16
				for id := range members {
					ids = append(ids, uint16(id))
				}
				table := spread.NewTable(ids)
				for i, row := range rows {
					want, err := strconv.Atoi(row[choiceColumn(name, members)])
					if err != nil {
						t.Fatalf("frame %d: %v", i, err)
					}
					got, ok := table.Pick(h.Sum32(frames[i].octets))
					checked++
					if !ok || got != want {
						if wrong++; wrong <= 10 {
							t.Errorf("frame %d (%s) of %d members: member %d, want %d as Linux: %x", i, frames[i].category, members, got, want, frames[i].octets)
						}
					}
				}
			}
			t.Logf("%d choices, %d differ", checked, wrong)
			if checked < 100 {
				t.Errorf("only %d choices are recorded", checked)
			}
		})
	}
}

// socketView returns the view of tags that applies to frames from a packet socket, such as the
// recorded ones. It is the inline view if the policies of package hash do not distinguish the
// two.
func socketView() hash.TagView {
	var v hash.TagView
	if v.UnmarshalText([]byte("socket")) != nil {
		v = hash.TagInline
	}
	return v
}

// writeChoices writes the recording. choices is indexed by column, then by frame.
func writeChoices(t testing.TB, frames []hashFrame, choices map[string][]int) {
	t.Helper()
	header := []string{"category", "frame"}
	for _, policy := range linuxPolicies {
		for _, members := range memberCounts {
			header = append(header, choiceColumn(policy, members))
		}
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	lines := [][]string{header}
	for i, f := range frames {
		line := []string{f.category, hex.EncodeToString(f.octets)}
		for _, column := range header[2:] {
			line = append(line, strconv.Itoa(choices[column][i]))
		}
		lines = append(lines, slices.Clone(line))
	}
	if err := w.WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bondingChoices, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
