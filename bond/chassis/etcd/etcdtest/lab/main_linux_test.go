package lab

import (
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab"
)

// logEnv makes tests that pass print the logs of the boxes too.
const logEnv = "LAGKIT_LOG"

// machine measures how late the machine lets this process run. Tests compare times with it.
var machine *netlab.Lateness

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(play(role))
	}
	netlab.Parallel(2)
	var stop func()
	machine, stop = netlab.WatchLateness()
	code := m.Run()
	stop()
	os.Exit(code)
}

// needLab skips a test that can't run here.
func needLab(t testing.TB) {
	t.Helper()
	netlab.Slow(t)
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes network namespaces")
	}
	netlab.NeedOVS(t)
	if program := os.Getenv(etcdEnv); program != "" {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs etcd: %v", err)
		}
	}
}

// needLong skips a test that takes long. It runs if the environment variable LAGKIT_LAB is set, or
// if -run names tests; and beside another one, since it mostly waits.
func needLong(t *testing.T) {
	t.Helper()
	needLongAlone(t)
	t.Parallel()
}

// needLongAlone is needLong for a test that nothing else may disturb.
func needLongAlone(t testing.TB) {
	t.Helper()
	if os.Getenv("LAGKIT_LAB") == "" && !isNamed() {
		t.Skip("takes long: runs with LAGKIT_LAB=1, or by name with -run")
	}
	needLab(t)
}

// needNamed skips a test that takes minutes, unless -run names tests.
func needNamed(t *testing.T) {
	t.Helper()
	if !isNamed() {
		t.Skip("takes minutes: runs by name with -run")
	}
	needLab(t)
}

func isNamed() bool { return flag.Lookup("test.run").Value.String() != "" }
