package lab

import (
	"encoding/binary"
	"flag"
	"fmt"
	"testing"
	"time"
)

var recordHash = flag.String("record-hash", "", "have the guest choose members for the frames of this CSV `file` and record that")

// TestBondingChoices makes a guest's bonding driver choose members for the recorded frames and
// compares its choices with the recorded ones. With -record-hash it records them again, for
// other frames.
func TestBondingChoices(t *testing.T) {
	needLong(t)
	img := needGuest(t)
	source := bondingChoices
	if *recordHash != "" {
		source = *recordHash
	}
	frames, rows := readFrames(t, source)
	frames, rows = usableFrames(frames, rows)
	files := newArchive()
	files.add("frames", 0o644, packFrames(frames))
	const most = 5
	g := startGuest(t, img, 1, most, files)
	seen := make(chan sight, 4096)
	for i, end := range g.wires {
		go watch(end, i, seen)
		g.setLink(t, i, true)
	}
	g.run(t, "ip", "link", "add", guestLAG, "type", "bond", "mode", "balance-xor", "miimon", "100")
	for i := range most {
		g.run(t, "ip", "link", "set", fmt.Sprintf("eth%d", i), "master", guestLAG)
	}
	g.run(t, "ip", "link", "set", guestLAG, "up")
	choices := make(map[string][]int)
	members := most
	for k := len(memberCounts) - 1; k >= 0; k-- {
		for ; members > memberCounts[k]; members-- {
			g.run(t, "ip", "link", "set", fmt.Sprintf("eth%d", members-1), "nomaster")
		}
		for _, policy := range linuxPolicies {
			g.write(t, "/sys/class/net/"+guestLAG+"/bonding/xmit_hash_policy", policy)
			column := choiceColumn(policy, members)
			choices[column] = choose(t, g, frames, seen)
			for i, got := range choices[column] {
				if want := rows[i][column]; *recordHash == "" && fmt.Sprint(got) != want {
					t.Errorf("%s: frame %d (%s) leaves by %d, want %s as recorded", column, i, frames[i].category, got, want)
				}
			}
		}
	}
	t.Logf("kernel %s: %d choices for %d frames", img.version, len(choices)*len(frames), len(frames))
	if *recordHash != "" {
		writeChoices(t, frames, choices)
	}
}

// usableFrames leaves out frames that a packet socket does not send, because they are shorter
// than a header, and repeated frames.
func usableFrames(frames []hashFrame, rows []map[string]string) (some []hashFrame, theirs []map[string]string) {
	known := make(map[string]bool)
	for i, f := range frames {
		if len(f.octets) >= 14 && len(f.octets) <= 1514 && !known[string(f.octets)] {
			known[string(f.octets)] = true
			some, theirs = append(some, f), append(theirs, rows[i])
		}
	}
	return some, theirs
}

// packFrames returns the agent's file of frames.
func packFrames(frames []hashFrame) []byte {
	var b []byte
	for _, f := range frames {
		b = binary.BigEndian.AppendUint16(b, uint16(len(f.octets)))
		b = append(b, f.octets...)
	}
	return b
}

// sight is a frame that came out of a member.
type sight struct {
	member int
	frame  string
}

func watch(end wireEnd, member int, seen chan<- sight) {
	buf := make([]byte, 1<<16)
	for {
		n, err := end.read(buf)
		if err != nil {
			return
		}
		seen <- sight{member, string(buf[:n])}
	}
}

// choose sends the frames out of the guest's bond and returns the member that each left by. If
// frames get lost, it sends all again.
func choose(t testing.TB, g *guest, frames []hashFrame, seen <-chan sight) []int {
	t.Helper()
	places := make(map[string]int, len(frames))
	choices := make([]int, len(frames))
	for i, f := range frames {
		places[string(f.octets)], choices[i] = i, -1
	}
	missing := len(frames)
	for range 5 {
		sent, err := g.ask(map[string]any{"op": "inject", "interface": guestLAG, "file": "/frames", "batch": 16})
		if err != nil {
			t.Fatal(err)
		}
		var end <-chan time.Time // a moment after the last frame was sent
		for missing > 0 {
			select {
			case s := <-seen:
				i, ours := places[s.frame]
				if !ours {
					continue
				}
				if choices[i] >= 0 && choices[i] != s.member {
					t.Fatalf("frame %d (%s) left by %d and by %d", i, frames[i].category, choices[i], s.member)
				}
				if choices[i] < 0 {
					choices[i] = s.member
					missing--
				}
				continue
			case a, ok := <-sent:
				if !ok || a.Error != "" {
					t.Fatalf("guest: inject: %s", a.Error)
				}
				sent, end = nil, time.After(time.Second)
				continue
			case <-end:
			}
			break
		}
		if sent != nil { // all frames arrived before the answer
			if a := <-sent; a.Error != "" {
				t.Fatalf("guest: inject: %s", a.Error)
			}
		}
		if missing == 0 {
			return choices
		}
	}
	for i, c := range choices {
		if c < 0 {
			t.Errorf("frame %d (%s) never left: %x", i, frames[i].category, frames[i].octets)
		}
	}
	t.FailNow()
	return nil
}
