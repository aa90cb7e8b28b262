package lab

import (
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
)

// captureDirectory contains the frames that the peers sent and received in TestInterop, and
// manifestFile lists the captures.
const (
	captureDirectory = "testdata/captures"
	manifestFile     = "MANIFEST.tsv"
)

// captureName returns the file name of a peer's capture of the case with that title. It uses
// only [a-z0-9.-], which every file system and every module zip can hold: letters become lower
// case, a space becomes a hyphen, other characters are dropped.
func captureName(peer, title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '.', r == '-':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		case r == ' ':
			return '-'
		}
		return -1
	}, peer+"-"+title) + ".pcap"
}

func TestCaptureNamesFitEverywhereBOX08(t *testing.T) {
	for _, c := range []struct{ peer, title, want string }{
		{"Open vSwitch", "form", "open-vswitch-form.pcap"},
		{"teamd", "second end's key changes, and back", "teamd-second-ends-key-changes-and-back.pcap"},
		{"DPDK bonding", "A: 50 % <loss> \"both\" ways\\*?|`", "dpdk-bonding-a-50--loss-both-ways.pcap"},
		{"Müller", "naïve/../x\x00\n", "mller-nave..x.pcap"},
	} {
		if got := captureName(c.peer, c.title); got != c.want {
			t.Errorf("captureName(%q, %q) = %q, want %q", c.peer, c.title, got, c.want)
		}
	}
}

// TestCapturesAreAsListed: every capture is in the manifest and matches its entry, and
// contains what an end of a link sends and receives.
func TestCapturesAreAsListed(t *testing.T) {
	f, err := os.Open(filepath.Join(captureDirectory, manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]bool)
	for _, row := range rows[1:] {
		name, frames, peer, hash := row[0], row[1], row[2], row[5]
		listed[name] = true
		if want := captureName(peer, row[4]); name != want {
			t.Errorf("capture of %s, case %q, is named %s, want %s", peer, row[4], name, want)
		}
		path := filepath.Join(captureDirectory, name)
		octets, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(octets)); got != hash {
			t.Errorf("%s has SHA-256 %s, want %s as in the manifest", name, got, hash)
		}
		count, ends := 0, make(map[lacp.MAC]int)
		in, err := capture.Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		for f, err := range in.Frames() {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			count++
			if slow := lacp.ParseSlow(f.Data); slow.Kind == lacp.SlowLACPDU {
				ends[slow.Source]++
			} else if slow.Kind == lacp.SlowIllegal || slow.Kind == lacp.SlowUnknown {
				t.Errorf("%s: frame %d of %s is %v: %v", name, f.Number, peer, slow.Kind, slow.Err)
			}
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if fmt.Sprint(count) != frames {
			t.Errorf("%s has %d frames, want %s as in the manifest", name, count, frames)
		}
		if row[4] != "Marker" && len(ends) < 2 {
			t.Errorf("%s has LACPDUs of %v, want both ends'", name, ends)
		}
	}
	files, err := filepath.Glob(filepath.Join(captureDirectory, "*.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if !listed[filepath.Base(path)] {
			t.Errorf("%s is not in the manifest", path)
		}
	}
	t.Logf("%d captures", len(files))
}
