package lab

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab"
)

// image is what a guest boots: Debian's kernel, extracted from its package and never
// installed, and a file system in memory with the agent in it.
type image struct {
	version string // of the package
	kernel  string // path of vmlinux, which boots without the slow decompressor
	initrd  string
	team    bool // it contains teamd
}

// kernelPackage is the pattern of the kernel's package: it is in the directory of
// LAGKIT_KERNEL or in ~/.cache/lagkit.
func kernelPackage() (string, error) {
	dir := os.Getenv("LAGKIT_KERNEL")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(cache, "lagkit")
	}
	found, err := filepath.Glob(filepath.Join(dir, "linux-image-*_amd64.deb"))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("no linux-image-*_amd64.deb in %s: get it with internal/lab/fetch-kernel.sh", dir)
	}
	return slices.Max(found), nil
}

// needGuest skips a test if no guest can run, and returns the image to boot.
func needGuest(t testing.TB) *image {
	t.Helper()
	needRoot(t)
	for _, name := range []string{"qemu-system-x86_64", "dpkg-deb", "xz", "ip", "ldd"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs QEMU, dpkg, xz and iproute2: %v", err)
		}
	}
	if _, err := kernelPackage(); err != nil {
		t.Skipf("needs Debian's kernel package: %v", err)
	}
	img, err := buildImage()
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// modules are the kernel modules that a guest loads, in addition to those that these need.
var modules = []string{"virtio_pci", "virtio_net", "bonding", "team", "team_mode_loadbalance", "af_packet"}

// moduleParameters are the parameters of modules. The driver of QEMU's e1000e does not notice
// a loss of carrier with MSI-X, but does with MSI.
var moduleParameters = map[string]string{"bonding": "max_bonds=0", "e1000e": "IntMode=1,1,1,1,1,1,1,1"}

// buildImage builds the image of a guest that is a peer, once.
var buildImage = sync.OnceValues(func() (*image, error) {
	return makeImage("initrd", modules, func(fs *archive, img *image) error {
		fs.addDirectory("var/run/teamd")
		if err := addProgram(fs, "ip"); err != nil {
			return err
		}
		if runtime.GOARCH == "amd64" {
			img.team = errors.Join(addProgram(fs, "teamd"), addProgram(fs, "teamdctl")) == nil
		}
		return nil
	})
})

// kernel contains the parts of the kernel's package that a guest needs.
type kernel struct {
	version string
	path    string            // of vmlinux
	modules map[string][]byte // by file name, still compressed
}

// readKernel extracts the kernel from its package, once, into the directory for programs that
// the tests build.
var readKernel = sync.OnceValues(func() (*kernel, error) {
	deb, err := kernelPackage()
	if err != nil {
		return nil, err
	}
	version, err := exec.Command("dpkg-deb", "-f", deb, "Version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", deb, err)
	}
	k := &kernel{version: strings.TrimSpace(string(version)), path: filepath.Join(programs, "vmlinux")}
	bzImage, found, err := unpackKernel(deb)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", deb, err)
	}
	k.modules = found
	vmlinux, err := decompressKernel(bzImage)
	if err != nil {
		return nil, err
	}
	return k, os.WriteFile(k.path, vmlinux, 0o600)
})

// buildAgent builds the guest's first program, once.
var buildAgent = sync.OnceValues(func() (string, error) { return buildStatic("agent", "./agent") })

// buildStatic builds a program of this module, for a guest, that needs no library.
func buildStatic(name, source string) (string, error) {
	path := filepath.Join(programs, name)
	build := netlab.BuildCommand(source, path, "-ldflags=-s -w")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return path, nil
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

// makeImage makes an image with the modules, the agent and the files that fill adds.
func makeImage(name string, modules []string, fill func(*archive, *image) error) (*image, error) {
	k, err := readKernel()
	if err != nil {
		return nil, err
	}
	img := &image{version: k.version, kernel: k.path, initrd: filepath.Join(programs, name)}
	fs := newArchive()
	if err := addModules(fs, k.modules, modules); err != nil {
		return nil, err
	}
	agent, err := buildAgent()
	if err != nil {
		return nil, err
	}
	if err := fs.addFile("init", agent); err != nil {
		return nil, err
	}
	if err := fill(fs, img); err != nil {
		return nil, err
	}
	return img, os.WriteFile(img.initrd, fs.bytes(), 0o600)
}

// unpackKernel returns the kernel and its network and virtio modules, by their names. The
// modules are still compressed.
func unpackKernel(deb string) (bzImage []byte, found map[string][]byte, err error) {
	cmd := exec.Command("dpkg-deb", "--fsys-tarfile", deb)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	found = make(map[string][]byte)
	for r := tar.NewReader(out); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, errors.Join(err, cmd.Wait())
		}
		name := path.Clean(h.Name)
		isModule := strings.Contains(name, "/net/") || strings.Contains(name, "/virtio/")
		switch base := path.Base(name); {
		case strings.HasPrefix(name, "boot/vmlinuz-"):
			if bzImage, err = io.ReadAll(r); err != nil {
				return nil, nil, err
			}
		case isModule && strings.Contains(base, ".ko"):
			module, err := io.ReadAll(r)
			if err != nil {
				return nil, nil, err
			}
			found[base] = module
		}
	}
	if err := cmd.Wait(); err != nil {
		return nil, nil, err
	}
	if bzImage == nil {
		return nil, nil, errors.New("no boot/vmlinuz in the package")
	}
	return bzImage, found, nil
}

// decompressKernel finds vmlinux in a bzImage: it is an ELF file in a stream of xz or zstd.
func decompressKernel(bzImage []byte) ([]byte, error) {
	for _, format := range []struct {
		magic string
		tool  []string
	}{{"\xfd7zXZ\x00", []string{"xz", "-dc", "--single-stream"}}, {"\x28\xb5\x2f\xfd", []string{"zstd", "-dcq"}}} {
		for off := 0; ; off++ {
			i := bytes.Index(bzImage[off:], []byte(format.magic))
			if i < 0 {
				break
			}
			off += i
			// The program complains about the data after the stream, once it is done.
			if out := pipe(bzImage[off:], format.tool...); bytes.HasPrefix(out, []byte(elf.ELFMAG)) {
				return out, nil
			}
		}
	}
	return nil, errors.New("found no vmlinux in the kernel image")
}

// pipe returns a program's output for data as input.
func pipe(data []byte, tool ...string) []byte {
	cmd := exec.Command(tool[0], tool[1:]...)
	cmd.Stdin = bytes.NewReader(data)
	out, _ := cmd.Output()
	return out
}

// addModules adds the modules, each after those it needs, and their list.
func addModules(fs *archive, found map[string][]byte, modules []string) error {
	var list []string
	done := make(map[string]bool)
	var add func(name string) error
	add = func(name string) error {
		name = strings.ReplaceAll(name, "-", "_")
		if done[name] {
			return nil
		}
		done[name] = true
		module := lookUp(found, name)
		if module == nil {
			return nil // it is built into the kernel
		}
		needs, err := dependencies(module)
		if err != nil {
			return fmt.Errorf("module %s: %w", name, err)
		}
		for _, n := range needs {
			if err := add(n); err != nil {
				return err
			}
		}
		file := "lib/modules/" + name + ".ko"
		fs.add(file, 0o644, module)
		list = append(list, strings.TrimSpace("/"+file+" "+moduleParameters[name]))
		return nil
	}
	for _, name := range modules {
		if err := add(name); err != nil {
			return err
		}
	}
	fs.add("modules", 0o644, []byte(strings.Join(list, "\n")+"\n"))
	return nil
}

func lookUp(found map[string][]byte, name string) []byte {
	for _, base := range slices.Sorted(maps.Keys(found)) {
		stem, _, _ := strings.Cut(base, ".ko")
		if strings.ReplaceAll(stem, "-", "_") != name {
			continue
		}
		if strings.HasSuffix(base, ".xz") {
			return pipe(found[base], "xz", "-dc")
		}
		return found[base]
	}
	return nil
}

// dependencies returns the modules that a module lists as its dependencies.
func dependencies(module []byte) ([]string, error) {
	f, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		return nil, err
	}
	info := f.Section(".modinfo")
	if info == nil {
		return nil, errors.New("no .modinfo section")
	}
	data, err := info.Data()
	if err != nil {
		return nil, err
	}
	for _, entry := range strings.Split(string(data), "\x00") {
		if needs, ok := strings.CutPrefix(entry, "depends="); ok && needs != "" {
			return strings.Split(needs, ","), nil
		}
	}
	return nil, nil
}

// addProgram adds a program of the host with the libraries it needs.
func addProgram(fs *archive, name string) error {
	file, err := exec.LookPath(name)
	if err != nil {
		return err
	}
	if err := fs.addFile("bin/"+name, file); err != nil {
		return err
	}
	out, err := exec.Command("ldd", file).Output()
	if err != nil {
		return fmt.Errorf("ldd %s: %w", file, err)
	}
	for _, word := range strings.Fields(string(out)) {
		if !strings.HasPrefix(word, "/") {
			continue
		}
		// The loader is looked up by its full path, the libraries in /lib.
		to := "lib/" + path.Base(word)
		if strings.HasPrefix(path.Base(word), "ld-") {
			to = strings.TrimPrefix(word, "/")
		}
		if err := fs.addFile(to, word); err != nil {
			return err
		}
	}
	return nil
}
