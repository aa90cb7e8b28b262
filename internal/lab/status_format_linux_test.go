package lab

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// formatted returns what lacpd status prints in a format.
func formatted(t *testing.T, p peer, format string) string {
	t.Helper()
	l := p.(*lagkitPeer).lacpd
	out, err := exec.Command(l.program, "status", "-format", format, "-socket", l.socket, ourBond).CombinedOutput()
	if err != nil {
		t.Fatalf("lacpd status -format %s: %v\n%s", format, err, out)
	}
	return string(out)
}

// procValues are the values in /proc/net/bonding that differ between two ends of a LAG.
var procValues = []struct {
	value *regexp.Regexp
	mask  string
}{
	{regexp.MustCompile(`(?m)^(Ethernet Channel Bonding Driver: v).*$`), "${1}VERSION"},
	{regexp.MustCompile(`([0-9a-f]{2}:){5}[0-9a-f]{2}`), "MAC"},
	{regexp.MustCompile(`(?m)^(Slave Interface: ).*$`), "${1}NAME"},
	{regexp.MustCompile(`(?m)^(Speed: )(\d+ Mbps|Unknown)$`), "${1}SPEED"}, // an adapter of the guest has none
	{regexp.MustCompile(`(?m)^(Duplex: )(full|half|Unknown)$`), "${1}DUPLEX"},
	{regexp.MustCompile(`(?m)^((?:Actor|Partner) Churn State: )(none|monitoring|churned)$`), "${1}CHURN"},
	{regexp.MustCompile(`(?m)([:\t ] )\d+$`), "${1}N"},
}

func masked(text string) string {
	for _, v := range procValues {
		text = v.value.ReplaceAllString(text, v.mask)
	}
	return text
}

// TestProcIsAsTheKernelPrintsIt compares lacpd status -format proc with /proc/net/bonding of the
// bonding driver at the other end of the LAG, apart from the values.
func TestProcIsAsTheKernelPrintsIt(t *testing.T) {
	needLong(t)
	p := newPair(t, ours, linuxBonding, pairConfig{members: 2})
	p.form(t, healLimit)
	got, want := masked(formatted(t, p.a, "proc")), masked(p.b.show(t))
	if got != want {
		t.Errorf("lacpd prints\n%s\nthe kernel\n%s", got, want)
	}
	if strings.Count(want, "N\n") < 30 {
		t.Errorf("the kernel's text has %d numbers, want those of a bond with two members:\n%s", strings.Count(want, "N\n"), want)
	}
}

// keys returns the paths of all values in JSON. Names of ports are all the same.
func keys(t *testing.T, text string) (paths []string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	port := regexp.MustCompile(`^ports\.[^.]+`)
	var walk func(path string, v any)
	walk = func(path string, v any) {
		object, ok := v.(map[string]any)
		if !ok {
			path = port.ReplaceAllString(path, "ports.NAME")
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
			return
		}
		for key, v := range object {
			walk(strings.TrimPrefix(path+"."+key, "."), v)
		}
	}
	walk("", v)
	slices.Sort(paths)
	return paths
}

// TestDumpHasTheKeysOfTeamd compares lacpd status -format teamd with teamd's dump at the other end.
func TestDumpHasTheKeysOfTeamd(t *testing.T) {
	needLong(t)
	p := newPair(t, ours, teamDriver, pairConfig{members: 2})
	p.form(t, healLimit)
	got, want := keys(t, formatted(t, p.a, "teamd")), keys(t, p.b.show(t))
	for _, key := range got {
		if !slices.Contains(want, key) {
			t.Errorf("lacpd prints %s, teamd does not", key)
		}
	}
	var left []string
	for _, key := range want {
		if !slices.Contains(got, key) {
			left = append(left, key)
		}
	}
	t.Logf("keys of teamd that lacpd leaves out: %s", strings.Join(left, ", "))
	if len(got) < 30 {
		t.Errorf("lacpd prints %d keys, want those of a LAG: %q", len(got), got)
	}
}
