package privilege

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Limits hold until the process ends, so each test runs this program again as a child that
// takes them on and prints what it can still do.

const childEnv = "PRIVILEGE_TEST_LIMITS"

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		var l Limits
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			panic(err)
		}
		child(l)
		return
	}
	os.Exit(m.Run())
}

// findings is what a child prints.
type findings struct {
	Capabilities []string
	Landlock     int
	Seccomp      bool
	Bounded      bool
	Missing      []string
	Err          string
	Threads      int
	Status       []string          // the lines about privileges, each different one of all threads
	Deeds        map[string]string // what was tried, and the error
}

// child takes the limits on while several threads run.
func child(l Limits) {
	begin, end := make(chan bool), make(chan bool)
	for range 4 {
		go func() {
			runtime.LockOSThread()
			begin <- true
			<-end
		}()
	}
	for range 4 {
		<-begin
	}
	r, err := Drop(l)
	f := findings{Capabilities: r.Capabilities, Landlock: r.Landlock, Seccomp: r.Seccomp, Bounded: r.Bounded, Err: fmt.Sprint(err)}
	for _, m := range r.Missing {
		f.Missing = append(f.Missing, m.Error())
	}
	f.Threads, f.Status = threadStatus()
	f.Deeds = map[string]string{
		"read /etc/passwd":    result(readAll("/etc/passwd")),
		"write next to it":    result(os.WriteFile(filepath.Join(filepath.Dir(l.Files[0]), "new"), nil, 0o600)),
		"write its state":     result(os.WriteFile(filepath.Join(l.Files[0], "new"), nil, 0o600)),
		"move in its state":   result(move(l.Files[0])),
		"read the kernel":     result(readAll("/proc/sys/kernel/random/boot_id")),
		"change a net sysctl": result(writable("/proc/sys/net/ipv4/conf/lo/promote_secondaries")),
		"change a kernel one": result(writable("/proc/sys/kernel/hostname")),
		"open a TAP":          result(writable("/dev/net/tun")),
		"execute":             result(unix.Exec("/bin/nothing", []string{"nothing"}, nil)),
		"enter a namespace":   result(unix.Unshare(unix.CLONE_NEWNET)),
		"mount":               result(unix.Mount("none", l.Files[0], "tmpfs", 0, "")),
		"trace":               result(unix.PtraceAttach(os.Getppid())),
		"packet socket":       result(socket(unix.AF_PACKET, unix.SOCK_RAW)),
		"rtnetlink socket":    result(socket(unix.AF_NETLINK, unix.SOCK_RAW)),
		"bpf":                 result(newMap()),
	}
	close(end)
	if err := json.NewEncoder(os.Stdout).Encode(f); err != nil {
		panic(err)
	}
}

// result returns "ok", or the last error that an error wraps.
func result(err error) string {
	if err == nil {
		return "ok"
	}
	for next := err; next != nil; next = errors.Unwrap(next) {
		err = next
	}
	return err.Error()
}

func readAll(name string) error {
	_, err := os.ReadFile(name)
	return err
}

func writable(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// move moves a file between two directories, as the socket moves when it is made.
func move(dir string) error {
	from := filepath.Join(dir, "private")
	return errors.Join(os.Mkdir(from, 0o700), os.WriteFile(filepath.Join(from, "s"), nil, 0o600),
		os.Rename(filepath.Join(from, "s"), filepath.Join(dir, "s")), os.RemoveAll(from))
}

func socket(family, kind int) error {
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// newMap makes a map of one octet with the system call bpf. That it is refused shows only
// without CAP_BPF, or with the filter.
func newMap() error {
	attr := [18]uint32{2, 4, 1, 1} // BPF_MAP_TYPE_ARRAY; sizes of key and value; entries
	fd, err := bpfCall(0, &attr)   // BPF_MAP_CREATE
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// threadStatus returns how many threads there are, and each different set of the lines in
// /proc about their privileges.
func threadStatus() (threads int, status []string) {
	files, _ := filepath.Glob("/proc/self/task/*/status")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		threads++
		var lines []string
		for line := range strings.Lines(string(b)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch key {
			case "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp":
				lines = append(lines, key+"="+strings.TrimLeft(strings.TrimSpace(value), "0"))
			}
		}
		if text := strings.Join(lines, " "); !slices.Contains(status, text) {
			status = append(status, text)
		}
	}
	return threads, status
}

// runChild runs this program with limits, as an ordinary user with these ambient
// capabilities, or as the test's user.
func runChild(t *testing.T, l Limits, user uint32, ambient ...uintptr) findings {
	t.Helper()
	dir, err := os.MkdirTemp("", "privilege") // others can enter /tmp
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	files, program := filepath.Join(dir, "files"), filepath.Join(dir, "child")
	if err := errors.Join(os.Mkdir(files, 0o700), os.Chmod(dir, 0o755), copyProgram(program)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	if user != 0 {
		if err := os.Chown(files, int(user), int(user)); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}, AmbientCaps: ambient}
	}
	l.Files = []string{files}
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("child: %v", err)
	}
	var f findings
	if err := json.Unmarshal(out, &f); err != nil {
		t.Fatalf("child prints %s: %v", out, err)
	}
	return f
}

func copyProgram(to string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	b, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o755)
}

const nobody = 65534

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to start with capabilities")
	}
}

// TestDropLeavesOnlyTheNetwork checks the sets of capabilities of all threads, and what the
// process can do afterwards: as root, and as an ordinary user with ambient capabilities, who
// can't change the bounding set.
func TestDropLeavesOnlyTheNetwork(t *testing.T) {
	needRoot(t)
	for _, tt := range []struct {
		name    string
		limits  Limits
		user    uint32
		ambient []uintptr
		keeps   string
		bounded bool
		status  string // the lines of every thread, without CapBnd
		bpf     string
	}{
		{"root", Limits{}, 0, nil, "CAP_NET_ADMIN CAP_NET_RAW", true, "CapInh= CapPrm=3000 CapEff=3000 CapAmb= NoNewPrivs=1 Seccomp=2", "operation not permitted"},
		{"root with programs in the kernel", Limits{BPF: true}, 0, nil, "CAP_NET_ADMIN CAP_NET_RAW CAP_BPF", true, "CapInh= CapPrm=8000003000 CapEff=8000003000 CapAmb= NoNewPrivs=1 Seccomp=2", "ok"},
		{"ordinary user", Limits{}, nobody, []uintptr{unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_SYS_TIME}, "CAP_NET_ADMIN CAP_NET_RAW", false, "CapInh= CapPrm=3000 CapEff=3000 CapAmb= NoNewPrivs=1 Seccomp=2", "operation not permitted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := runChild(t, tt.limits, tt.user, tt.ambient...)
			if f.Err != "<nil>" {
				t.Fatalf("Drop() = %s", f.Err)
			}
			if got := strings.Join(f.Capabilities, " "); got != tt.keeps || f.Bounded != tt.bounded {
				t.Errorf("kept %s, bounded %v, want %s, %v", got, f.Bounded, tt.keeps, tt.bounded)
			}
			if f.Threads < 5 || len(f.Status) != 1 {
				t.Fatalf("%d threads have the privileges %q, want 5 or more threads with the same", f.Threads, f.Status)
			}
			before, after, _ := strings.Cut(f.Status[0], "CapBnd=")
			bounding, after, _ := strings.Cut(after, " ")
			if got := before + after; got != tt.status {
				t.Errorf("status %s, want %s", got, tt.status)
			}
			if _, want, _ := strings.Cut(tt.status, "CapPrm="); tt.bounded && !strings.HasPrefix(want, bounding+" ") {
				t.Errorf("bounding set %s, want that of %s", bounding, tt.status)
			}
			tap := "ok"
			if i, err := os.Stat("/dev/net/tun"); err == nil && tt.user != 0 && i.Mode().Perm()&0o6 != 0o6 {
				tap = "permission denied" // udev would let everybody open it
			}
			checkDeeds(t, &f, tap, tt.bpf)
		})
	}
}

// checkDeeds checks what a child could do with both Landlock and seccomp. Where the kernel lacks
// one, it checks the rest.
func checkDeeds(t *testing.T, f *findings, tap, bpf string) {
	t.Helper()
	want := map[string]string{
		"change a net sysctl": "ok", "open a TAP": tap, "packet socket": "ok", "rtnetlink socket": "ok",
	}
	if f.Landlock != 0 {
		want["read /etc/passwd"] = "permission denied"
		want["write next to it"] = "permission denied"
		want["change a kernel one"] = "permission denied"
	}
	if f.Seccomp {
		for _, deed := range []string{"execute", "enter a namespace", "mount", "trace"} {
			want[deed] = "operation not permitted"
		}
		want["bpf"] = bpf
	}
	if f.Landlock == 0 || !f.Seccomp {
		t.Logf("not checked: %q", f.Missing)
	}
	for deed, want := range want {
		if got := f.Deeds[deed]; got != want {
			t.Errorf("%s: %s, want %s", deed, got, want)
		}
	}
}

// TestNoSandboxKeepsTheCapabilitiesLimited checks that Limits.Open turns off Landlock and
// seccomp, reports that, and still gives up the capabilities.
func TestNoSandboxKeepsTheCapabilitiesLimited(t *testing.T) {
	needRoot(t)
	f := runChild(t, Limits{Open: true}, 0)
	if f.Landlock != 0 || f.Seccomp || len(f.Missing) != 1 || !strings.Contains(f.Missing[0], "-no-sandbox") {
		t.Errorf("landlock %d, seccomp %v, missing %q, want neither, because of -no-sandbox", f.Landlock, f.Seccomp, f.Missing)
	}
	for deed, want := range map[string]string{"read /etc/passwd": "ok", "execute": "no such file or directory", "mount": "operation not permitted"} {
		if got := f.Deeds[deed]; got != want {
			t.Errorf("%s: %s, want %s", deed, got, want)
		}
	}
}

// TestDropWithoutPrivileges checks that a process without capabilities can take the limits
// on too.
func TestDropWithoutPrivileges(t *testing.T) {
	needRoot(t)
	f := runChild(t, Limits{}, nobody)
	if f.Err != "<nil>" || len(f.Capabilities) != 0 {
		t.Errorf("Drop() = %s, capabilities %q, want none and no error", f.Err, f.Capabilities)
	}
	if got := f.Deeds["packet socket"]; got != "operation not permitted" {
		t.Errorf("packet socket: %s, want it refused", got)
	}
}
