package etcdtest

import (
	"os"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

// patience is how long a test waits for something that has to happen.
const patience = time.Minute

// asMember is the environment variable that makes the test a member of a cluster, with its arguments.
const asMember = "LAGKIT_ETCD_MEMBER"

func TestMain(m *testing.M) {
	if os.Getenv(asMember) != "" {
		etcdmain.Main(os.Args)
		return
	}
	os.Exit(m.Run())
}

// inLab skips a test that takes long, unless LAGKIT_LAB=1 asks for it.
func inLab(t *testing.T, cost string) {
	t.Helper()
	if os.Getenv("LAGKIT_LAB") == "" {
		t.Skip(cost + ": runs with LAGKIT_LAB=1")
	}
}
