package lab

import (
	"testing"
	"time"
)

// chaosTime is how long the chaos lasts in the guest.
const chaosTime = 2 * time.Minute

// TestChaosInGuest runs a seed of internal/chaos in a guest, whose kernel has features that
// the kernel of the test's machine may lack: netem, police and VLAN devices. The partner is a
// second lacpd. A guest is slow, so it sends few frames. On a busy machine it is too slow for
// the judge, so the test runs only when it is named.
func TestChaosInGuest(t *testing.T) {
	needNamed(t)
	needHost(t)
	chaos, err := buildStatic("chaos-static", "../chaos")
	if err != nil {
		t.Fatal(err)
	}
	files := newArchive()
	if err := files.addFile("bin/chaos", chaos); err != nil {
		t.Fatal(err)
	}
	g := bootHost(t, guestConfig{id: 1, interfaces: 1, memory: 2 * hostMemory, files: files})
	out, err := g.script("TMPDIR=/run chaos -lacpd /bin/lacpd -partner lagkit -seed 1 -full -every 90ms -length "+chaosTime.String(), chaosTime+3*time.Minute)
	t.Log(out)
	if err != nil {
		t.Error(err)
	}
}
