package lab

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/plane/ebpf"
	"github.com/lagkit/lagkit/internal/netlab"
)

// programs is the directory for programs that the tests build. It is removed at the end.
var programs string

func TestMain(m *testing.M) {
	unmount, err := mountPins()
	if err == nil {
		programs, err = os.MkdirTemp("", "lagkit-lab")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var stop, stopKernel func()
	machine.Lateness, stop = netlab.WatchLateness()
	machine.kernel, stopKernel = netlab.WatchKernel()
	netlab.Parallel(3)
	code := m.Run()
	stop()
	stopKernel()
	unmount()
	if err := os.RemoveAll(programs); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// mountPins mounts a BPF file system where lacpd looks for it, if the tests run over the plane in
// the kernel and the machine has none there.
func mountPins() (unmount func(), err error) {
	unmount = func() {}
	if os.Getenv("LAGKIT_PLANE") == "" || ebpf.CheckPins(ebpf.DefaultPins) == nil {
		return unmount, nil
	}
	dir := filepath.Dir(ebpf.DefaultPins)
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		return unmount, fmt.Errorf("mount a BPF file system at %s: %w", dir, err)
	}
	return func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }, nil
}

// machine measures how late the machine lets a process run, and how long its kernel takes to
// answer. Tests compare times with it.
var machine machineLateness

type machineLateness struct {
	*netlab.Lateness
	kernel *netlab.Lateness
}

// StateSlack is Slack for a limit of a change of state, which waits for the kernel too.
func (m *machineLateness) StateSlack(start time.Time) time.Duration {
	return m.Slack(start) + m.kernel.Slack(start)
}

// needLong skips a test that takes long. The test runs if the environment variable LAGKIT_LAB
// is set, or if -run names tests.
func needLong(t testing.TB) {
	t.Helper()
	if os.Getenv("LAGKIT_LAB") == "" && flag.Lookup("test.run").Value.String() == "" {
		t.Skip("takes long: runs with LAGKIT_LAB=1, or by name with -run")
	}
}

// needNamed skips a test that takes minutes of a machine without other work, unless -run names
// tests. The long checks of CI name it.
func needNamed(t testing.TB) {
	t.Helper()
	if flag.Lookup("test.run").Value.String() == "" {
		t.Skip("takes minutes of a quiet machine: runs by name with -run")
	}
}

// besideOthers lets a test that mostly waits run beside others of its kind in the quick run. With
// LAGKIT_LAB it has the machine to itself, as the tests that measure times need it.
func besideOthers(t *testing.T) {
	t.Helper()
	if os.Getenv("LAGKIT_LAB") == "" {
		t.Parallel()
	}
}

const lacpdFolder = "../../examples/lacpd"

// buildLacpd builds lacpd once.
var buildLacpd = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programs, "lacpd")
	out, err := netlab.BuildCommand(lacpdFolder, path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build lacpd: %w\n%s", err, out)
	}
	return path, nil
})

// needRoot skips a test that takes seconds and needs root.
func needRoot(t testing.TB) {
	t.Helper()
	netlab.Slow(t)
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes network namespaces")
	}
	netlab.NeedFolder(t, lacpdFolder)
}

// needLab skips a test that can't run here.
func needLab(t testing.TB) {
	t.Helper()
	needRoot(t)
	netlab.NeedOVS(t)
}

// pollEvery is how often a state without notifications is read.
const pollEvery = 20 * time.Millisecond

// await polls until ok returns true and returns how long that took since start. It ends the
// test if that takes longer than limit plus the machine's lateness; show then describes the
// present state.
func await(t testing.TB, what string, start time.Time, limit time.Duration, ok func() bool, show func() string) time.Duration {
	t.Helper()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		if ok() {
			return time.Since(start)
		}
		if slack := machine.StateSlack(start); time.Since(start) > limit+slack {
			t.Fatalf("%s: not within %v plus %v of lateness of the machine:\n%s", what, limit, slack, show())
		}
		<-ticker.C
	}
}

// start starts a program in a namespace, with more environment variables.
func start(t testing.TB, ns *netlab.NS, env []string, name string, args ...string) *netlab.Process {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	return ns.Launch(t, cmd)
}
