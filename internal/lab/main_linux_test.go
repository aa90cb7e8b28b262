package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// programs is the directory of what the tests build; it goes when they are done.
var programs string

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "lagkit-lab"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(programs)
	os.Exit(code)
}

// buildLacpd builds lacpd once.
var buildLacpd = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programs, "lacpd")
	out, err := exec.Command("go", "build", "-o", path, "../../examples/lacpd").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build lacpd: %w\n%s", err, out)
	}
	return path, nil
})

// needRoot skips a test that takes seconds and needs root.
func needRoot(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds of real time: not with -short")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes network namespaces")
	}
}

// needLab skips a test where it can't run.
func needLab(t testing.TB) {
	t.Helper()
	needRoot(t)
	for _, name := range []string{"ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ovs-vsctl", "ip", "tc"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs Open vSwitch and iproute2: %v", err)
		}
	}
}

// pollEvery is how often a state is looked at that nobody announces.
const pollEvery = 20 * time.Millisecond

// await looks until ok says yes and returns how long that took since start. The
// test ends if it does not within limit; show then says what there is instead.
func await(t testing.TB, what string, start time.Time, limit time.Duration, ok func() bool, show func() string) time.Duration {
	t.Helper()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		if ok() {
			return time.Since(start)
		}
		if time.Since(start) > limit {
			t.Fatalf("%s: not within %v:\n%s", what, limit, show())
		}
		<-ticker.C
	}
}
