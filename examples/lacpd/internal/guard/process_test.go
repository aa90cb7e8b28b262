package guard

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
)

// fileEnv makes the test program a watchdog process; its value is the file that gets the orders.
const fileEnv = "LACPD_GUARD_FILE"

func TestProcessChild(t *testing.T) {
	name := os.Getenv(fileEnv)
	if name == "" {
		t.Skip("only runs as a child of the tests of Process")
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	note := func(line string) { _, _ = file.WriteString(line + "\n") } // a test misses it
	err = Run(os.Stdin, os.Stdout, fakeWatch(note), func(bond string, down []string, _ error) { note(bond + " down " + strings.Join(down, " ")) })
	if err != nil {
		t.Fatal(err)
	}
}

// kennel is a watchdog process that notes its orders.
type kennel struct {
	*Process
	file string
	log  lockedBuffer
}

// lockedBuffer is a buffer that goroutines write and read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newKennel(t *testing.T) *kennel {
	t.Helper()
	k := &kennel{file: filepath.Join(t.TempDir(), "orders")}
	cmd := exec.Command(os.Args[0], "-test.run=^TestProcessChild$")
	cmd.Env = append(os.Environ(), fileEnv+"="+k.file)
	var err error
	if k.Process, err = Start(cmd, slog.New(slog.NewTextHandler(&k.log, nil))); err != nil {
		t.Fatal(err)
	}
	return k
}

// await waits until the orders have a text.
func (k *kennel) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		orders, _ := os.ReadFile(k.file) // it may not exist yet
		if strings.Contains(string(orders), text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no order %q after a minute, but\n%s", text, orders)
		}
		<-time.After(time.Millisecond)
	}
}

func statusOf(names ...string) bond.Status {
	var st bond.Status
	for _, name := range names {
		st.Members = append(st.Members, bond.MemberStatus{Name: name})
	}
	return st
}

func TestProcessFollowsTheMembers(t *testing.T) {
	k := newKennel(t)
	var mu sync.Mutex
	st := statusOf("eth1", "eth2")
	k.Guard("bond0", time.Second, func() bond.Status {
		mu.Lock()
		defer mu.Unlock()
		return st
	})
	k.await(t, "begin 1s\nguard eth1 eth2\nalive\nalive\n")
	renamed := statusOf("eth1", "eth3")
	renamed.Members[1].Link.Renamed = "wan"
	mu.Lock()
	st = renamed
	mu.Unlock()
	k.await(t, "guard eth1 wan\nalive\n")
	k.Release("bond0")
	k.await(t, "dismiss\n")
	k.Release("bond0")
	k.Close()
	if err := k.Err(); err != nil || k.log.String() != "" {
		t.Errorf("after an end in order: error %v, log %q, want neither", err, &k.log)
	}
}

// When Guard returns, the end of lacpd takes the links down. A bond that hangs does not hold it up.
func TestProcessGuardsAtOnce(t *testing.T) {
	k := newKennel(t)
	k.Guard("bond0", time.Minute, func() bond.Status {
		<-time.After(10 * time.Millisecond)
		return statusOf("eth1")
	})
	hang := make(chan struct{})
	k.Guard("bond1", 10*time.Millisecond, func() bond.Status {
		<-hang
		return bond.Status{}
	})
	if err := k.orders.Close(); err != nil { // as the kernel does when lacpd ends
		t.Fatal(err)
	}
	k.await(t, "guard eth1\n")
	k.await(t, "bond0 down eth1\n")
	close(hang)
}

// Control that does not answer means no orders, and lacpd's end means the end of them.
func TestProcessMissesABondThatHangs(t *testing.T) {
	k := newKennel(t)
	hang := make(chan struct{})
	asked := 0
	k.Guard("bond0", 40*time.Millisecond, func() bond.Status {
		if asked++; asked == 2 {
			<-hang
		}
		return statusOf("eth1")
	})
	k.await(t, "guard eth1\n")
	<-time.After(200 * time.Millisecond)
	if orders, err := os.ReadFile(k.file); err != nil || strings.Contains(string(orders), orderAlive) {
		t.Errorf("orders while the bond hangs: %q, error %v, want none that it is alive", orders, err)
	}
	close(hang)
	k.await(t, "alive\n")
	if !strings.Contains(k.log.String(), "bond did not answer in time") {
		t.Errorf("log %q, want that the bond did not answer", &k.log)
	}
	if err := k.orders.Close(); err != nil { // as the kernel does at the end of lacpd
		t.Fatal(err)
	}
	k.await(t, "bond0 down eth1\n")
	<-k.done
}

func TestProcessThatEndsIsReported(t *testing.T) {
	k := newKennel(t)
	k.Guard("bond0", 40*time.Millisecond, func() bond.Status { return statusOf("eth1") })
	k.await(t, "guard eth1\n")
	if err := k.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-k.done
	if err := k.Err(); err == nil || !strings.Contains(k.log.String(), "links are not guarded any more") {
		t.Errorf("after the end of the process: error %v, log %q, want both", err, &k.log)
	}
	k.Release("bond0")
	k.Close()
}

func TestNoProcess(t *testing.T) {
	if _, err := Start(exec.Command("/bin/echo", "hello"), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a program that is no watchdog: no error")
	}
	var none *Process
	none.Guard("bond0", time.Second, nil)
	none.Release("bond0")
	none.Close()
	if none.Err() == nil {
		t.Error("no process: no error")
	}
}
