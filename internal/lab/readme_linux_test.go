package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// readmeBlock returns the indented lines of the README that follow a heading.
func readmeBlock(t *testing.T, heading string) (lines []string) {
	t.Helper()
	file, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(file), "## "+heading+"\n")
	if !ok {
		t.Fatalf("README.md has no heading %q", heading)
	}
	for line := range strings.Lines(text) {
		code, indented := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "    ")
		switch {
		case indented:
			lines = append(lines, code)
		case len(lines) > 0 && line != "\n":
			return lines
		}
	}
	return lines
}

// TestReadme runs what the README tells a newcomer to type, as it stands there, to a bond with
// Open vSwitch. The interfaces are called eth1 and eth2, and /run is the test's own.
func TestReadme(t *testing.T) {
	besideOthers(t)
	b := layCables(t, 2)
	for _, name := range []string{"unshare", "mount"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs %s: %v", name, err)
		}
	}
	for i, name := range []string{"eth1", "eth2"} {
		b.near.Down(t, b.ours[i])
		b.near.Run(t, "ip", "link", "set", "dev", b.ours[i], "name", name)
		b.near.Up(t, name)
	}
	b.startOVS(t, bedConfig{})
	lines := readmeBlock(t, "Two real interfaces")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := []string{"set -em", "mount -t tmpfs tmpfs /run", "cd " + dir}
	statuses := 0
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "go build "):
			// It is run in the clone; what it makes goes to the test's own folder.
			line = "(cd " + root + " && " + strings.Replace(line, "-o lacpd", "-o "+dir+"/lacpd", 1) + ")"
		case line == "./lacpd status":
			statuses++
			line = "for i in $(seq 100); do ./lacpd status >status 2>&1 && grep -q 'eth1 .* DISTRIBUTING' status && grep -q 'eth2 .* DISTRIBUTING' status && break; sleep 0.1; done; cat status"
		}
		script = append(script, line)
	}
	if statuses != 1 || !strings.Contains(strings.Join(lines, "\n"), "run -config") {
		t.Fatalf("the README's lines are not those of a bond:\n%s", strings.Join(lines, "\n"))
	}
	script = append(script, "wait || true")
	p := start(t, b.near, nil, "unshare", "-m", "bash", "-c", strings.Join(script, "\n"))
	select {
	case <-p.Done:
	case <-time.After(60 * time.Second):
		t.Fatalf("it does not end:\n%s", &p.Log)
	}
	if p.Err() != nil {
		t.Fatalf("%v\n%s", p.Err(), &p.Log)
	}
	out := p.Log.String()
	for _, name := range []string{"eth1", "eth2"} {
		if !strings.Contains(out, name+"    10000 Mb/s full  yes") {
			t.Errorf("status does not show that %s carries data:\n%s", name, out)
		}
	}
}
