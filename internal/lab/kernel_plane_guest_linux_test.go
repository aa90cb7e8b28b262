package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	needLong(t)
	needGuest(t)
	if _, err := exec.LookPath("tc"); err != nil {
		t.Skipf("needs iproute2: %v", err)
	}
	img, err := makeImage("initrd-kernel-plane", kernelPlaneModules, func(fs *archive, _ *image) error {
		fs.addDirectory("tmp")
		for _, name := range []string{"ip", "tc", "cat", "env"} {
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

// buildTests builds the tests of a package, for a guest, as a program that needs no library.
func buildTests(name, folder string) (string, error) {
	path := filepath.Join(programs, name)
	build := exec.Command("go", "test", "-c", "-ldflags=-s -w", "-o", path, folder)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tests of %s: %w\n%s", folder, err, out)
	}
	return path, nil
}
