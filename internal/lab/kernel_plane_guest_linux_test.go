package lab

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// kernelPlaneTests is the program of the tests of bond/plane/ebpf.
const kernelPlaneTests = "ebpf.test"

// kernelPlaneModules are the kernel modules of a guest that runs them.
var kernelPlaneModules = []string{"virtio_pci", "virtio_net", "af_packet", "veth", "sch_ingress", "cls_bpf", "sch_tbf"}

// TestKernelPlaneInGuest runs the tests of bond/plane/ebpf in a guest. Its kernel has no TCX, so
// the plane's programs are filters. It leaves out what measures time, since the guest is slow.
func TestKernelPlaneInGuest(t *testing.T) {
	needNamed(t)
	needGuest(t)
	if _, err := exec.LookPath("tc"); err != nil {
		t.Skipf("needs iproute2: %v", err)
	}
	img, err := makeImage("initrd-kernel-plane", kernelPlaneModules, func(fs *archive, _ *image) error {
		fs.addDirectory("tmp")
		for _, name := range []string{"ip", "tc", "bridge", "cat", "env"} {
			if err := addProgram(fs, name); err != nil {
				return err
			}
		}
		tests, err := buildTests(kernelPlaneTests, "../../bond/plane/ebpf")
		if err != nil {
			return err
		}
		return fs.addFile("bin/"+kernelPlaneTests, tests)
	})
	if err != nil {
		t.Fatal(err)
	}
	g := bootGuest(t, img, guestConfig{id: 1, interfaces: 1, memory: hostMemory})
	start := time.Now()
	a, err := g.do(map[string]any{"op": "exec", "args": []string{"env", "EBPF_FRAMES=300", "EBPF_MOVES=2",
		kernelPlaneTests, "-test.v", "-test.skip", "IsFast"}}, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--- SKIP: TestHookIsNamed/TCX", "--- PASS: TestHookIsNamed/clsact"} {
		if !strings.Contains(a.Output, want) {
			t.Errorf("want %q in\n%s", want, a.Output)
		}
	}
	t.Logf("kernel %s: %d tests and subtests passed within %v", img.version, strings.Count(a.Output, "--- PASS"), time.Since(start))
}
