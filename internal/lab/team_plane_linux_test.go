package lab

import (
	"strings"
	"testing"
	"time"
)

// teamModules are the modules that the tests of package team need.
var teamModules = []string{"virtio_pci", "af_packet", "veth", "8021q", "team", "team_mode_loadbalance",
	"team_mode_roundrobin", "team_mode_broadcast", "team_mode_random"}

const (
	teamTestLimit = 10 * time.Minute
	teamMemory    = 320 // in MiB
)

// TestTeamPlaneInGuest runs the tests of package team in a guest, because few kernels have the
// team driver. It fails if one of them was skipped for want of it.
func TestTeamPlaneInGuest(t *testing.T) {
	needNamed(t)
	needGuest(t)
	tests, err := buildTests("team.test", "../../bond/plane/team")
	if err != nil {
		t.Fatal(err)
	}
	img, err := makeImage("initrd-team", teamModules, func(fs *archive, img *image) error {
		fs.addDirectory("tmp")
		fs.addDirectory("var/run/teamd")
		if err := addProgram(fs, "ip"); err != nil {
			return err
		}
		img.team = addProgram(fs, "teamd") == nil
		return fs.addFile("bin/team.test", tests)
	})
	if err != nil {
		t.Fatal(err)
	}
	g := bootGuest(t, img, guestConfig{id: 1, memory: teamMemory})
	a, err := g.do(map[string]any{"op": "exec", "args": []string{"/bin/team.test", "-test.v", "-test.timeout=" + teamTestLimit.String()}}, teamTestLimit+guestTimeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("kernel %s:\n%s", img.version, a.Output)
	if strings.Contains(a.Output, "needs the kernel's team driver") {
		t.Error("tests were skipped although the guest has the team driver")
	}
	for _, name := range []string{"TestFlowsAreOnTheirMembers", "TestDeadProcess", "TestKilledBond", "TestBondsOverThePlane"} {
		if !strings.Contains(a.Output, "--- PASS: "+name+" ") {
			t.Errorf("%s has not passed", name)
		}
	}
	if img.team && !strings.Contains(a.Output, "--- PASS: TestBondWithTeamd ") {
		t.Error("TestBondWithTeamd has not passed, although the guest has teamd")
	}
}
