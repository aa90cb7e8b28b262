package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStoppedProcess pauses lacpd. If the pause is shorter than the timeout, the partner does
// not notice. If it is longer, the partner gives lacpd up, and the link is back soon after
// lacpd continues.
func TestStoppedProcess(t *testing.T) {
	needLong(t)
	b, far, all, show := twoLacpd(t)
	pauses := []time.Duration{time.Second, 5 * time.Second}
	if os.Getenv("LAGKIT_LONG") != "" {
		pauses = append(pauses, 100*time.Second)
	}
	for _, pause := range pauses {
		t.Run(pause.String(), func(t *testing.T) {
			await(t, "both ends use both links", time.Now(), 10*time.Second, all, show)
			since := far.status(t).Members[0].Reason.Since
			b.lacpd.Signal(t, syscall.SIGSTOP)
			<-time.After(pause)
			gone := !far.status(t).Members[0].CarriesData
			b.lacpd.Signal(t, syscall.SIGCONT)
			if short := pause < 2*time.Second; gone == short {
				t.Errorf("after %v the partner has given us up: %v, want the opposite", pause, gone)
			}
			took := await(t, "both ends use both links again", time.Now(), 5*time.Second, all, show)
			t.Logf("back %v after it continued", took)
			if !gone && !far.status(t).Members[0].Reason.Since.Equal(since) {
				t.Error("the partner stopped using the link for a moment")
			}
		})
	}
}

// TestKilled kills lacpd and starts it again. It takes the interfaces over from the state that
// is left, and leaves nothing when it ends gracefully.
func TestKilled(t *testing.T) {
	besideOthers(t)
	b, far, all, show := twoLacpd(t)
	before := descriptors(t, far.Cmd.Process.Pid)
	for range 3 {
		b.lacpd.Signal(t, syscall.SIGKILL)
		<-b.lacpd.Done
		b.lacpd.run(t, b.near)
		took := await(t, "both ends use both links", time.Now(), 10*time.Second, all, show)
		t.Logf("back %v after the start", took)
	}
	// It may not have closed the connection of the last status request yet.
	await(t, "the partner has no more descriptors than before", time.Now(), 5*time.Second,
		func() bool { return descriptors(t, far.Cmd.Process.Pid) <= before },
		func() string { return fmt.Sprintf("%d, before %d", descriptors(t, far.Cmd.Process.Pid), before) })
	b.lacpd.End(t)
	if out := b.near.Run(t, "ip", "-o", "link"); strings.Contains(out, ourBond) {
		t.Errorf("left behind:\n%s", out)
	}
	left, err := os.ReadDir(b.lacpd.stateDir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("state left behind: %v", left)
	}
}

// TestKilledWhileTheKernelCarriesFrames kills lacpd again and again. Programs in the kernel carry the
// frames, so none is lost, and the partner does not notice.
func TestKilledWhileTheKernelCarriesFrames(t *testing.T) {
	needLong(t)
	if plane := os.Getenv("LAGKIT_PLANE"); plane != "ebpf" && plane != "auto" {
		t.Skip("is about the data plane in the kernel: runs with LAGKIT_PLANE=auto")
	}
	b, far, all, show := twoLacpd(t)
	since := far.status(t).Members[0].Reason.Since
	const frames, interval = 60_000, 100 * time.Microsecond
	result := make(chan stream)
	go func() {
		result <- sendStream(t, b.far, b.near, ourIP, 64, frames, interval, func(int) {})
	}()
	kills, under := 0, true
	var s stream
	for under {
		b.lacpd.Signal(t, syscall.SIGKILL)
		<-b.lacpd.Done
		b.lacpd.run(t, b.near)
		await(t, "both ends use both links", time.Now(), 10*time.Second, all, show)
		kills++
		select {
		case s = <-result:
			under = false
		case <-time.After(1200 * time.Millisecond): // the partner has been heard since
		}
	}
	t.Logf("%d of %d datagrams lost, %d reordered, %d duplicated over %d kills", s.lost, s.sent, s.reordered, s.duplicate, kills)
	if s.lost+s.duplicate > 0 || kills < 2 {
		t.Errorf("%d of %d datagrams lost, %d duplicated over %d kills; want none over several", s.lost, s.sent, s.duplicate, kills)
	}
	if !far.status(t).Members[0].Reason.Since.Equal(since) {
		t.Error("the partner stopped using the link for a moment")
	}
}

// TestInterfaceRemoved removes a member's interface while traffic runs. The other member
// carries on, and only frames under way are lost.
func TestInterfaceRemoved(t *testing.T) {
	besideOthers(t)
	b, _, _, show := twoLacpd(t)
	start := time.Now()
	e := sendEchoes(t, b.near, ourIP, "10.9.0.2", 600, echoInterval, func(i int) {
		if i == 200 {
			b.far.Delete(t, b.theirs[0]) // and the other end with it
		}
	})
	if most := underWay(start); len(e.Lost) > most || e.Duplicate != 0 {
		t.Errorf("lost %v, %d duplicates: want at most the %d under way", e.Lost, e.Duplicate, most)
	}
	await(t, "the member is gone, the other stays", time.Now(), 5*time.Second, func() bool {
		s := b.lacpd.status(t)
		carry := 0
		for _, m := range s.Members {
			if m.CarriesData {
				carry++
			}
		}
		return s.Up && carry == 1
	}, show)
}

// TestDescriptorLimit starts lacpd with too few descriptors. It reports the problem, waits for
// more, and leaves nothing when it ends.
func TestDescriptorLimit(t *testing.T) {
	besideOthers(t)
	b := layCables(t, 2)
	program, err := buildLacpd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(config, []byte("bonds:\n  - name: bond0\n    ports: [p0, p1]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, b.near, nil, "prlimit", "--nofile=14:14", program, "run", "-config", config,
		"-socket", filepath.Join(dir, "s"), "-state-dir", filepath.Join(dir, "state"))
	await(t, "lacpd reports what it lacks", time.Now(), 10*time.Second, func() bool {
		return strings.Contains(p.Log.String(), "too many open files")
	}, func() string { return p.WhereItIs() + p.Log.String() })
	p.End(t)
	if out := b.near.Run(t, "ip", "-o", "link"); strings.Contains(out, "bond0") {
		t.Errorf("left behind:\n%s", out)
	}
	if out := b.near.Run(t, "tc", "qdisc", "show"); strings.Contains(out, "clsact") {
		t.Errorf("left behind:\n%s", out)
	}
}

// descriptors returns how many descriptors a process has open.
func descriptors(t *testing.T, pid int) int {
	t.Helper()
	list, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestMemoryLimit runs lacpd in 64 MiB and floods it with frames of all sizes.
func TestMemoryLimit(t *testing.T) {
	needLong(t)
	group, ok := memoryGroup(t, 64<<20)
	if !ok {
		t.Skip("no control group with a memory limit can be made here")
	}
	b, _, all, show := twoLacpd(t)
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(b.lacpd.Cmd.Process.Pid)), 0o644); err != nil {
		t.Skipf("lacpd can't be put under a memory limit: %v", err)
	}
	theirs, ours := lacpdusOf(t, b)
	attackFor(t, b.far, b.theirs[0], attack{frame: func(n int, theirs, _ []byte) []byte { return garble(n, theirs) }}, theirs, ours)
	if b.lacpd.Ended() {
		t.Fatalf("lacpd ended: %v", b.lacpd.Err())
	}
	await(t, "both ends use both links", time.Now(), 15*time.Second, all, show)
	use := usageOf(t, b.lacpd)
	t.Logf("%d KiB resident", use.rss/1024)
	if use.rss > 64<<20 {
		t.Errorf("%d octets resident", use.rss)
	}
}

// memoryGroup makes a control group with a memory limit.
func memoryGroup(t *testing.T, limit int) (dir string, ok bool) {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/memory"} {
		dir = filepath.Join(root, "lagkit-"+strconv.Itoa(os.Getpid()))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		for _, file := range []string{"memory.max", "memory.limit_in_bytes"} {
			if os.WriteFile(filepath.Join(dir, file), []byte(fmt.Sprint(limit)), 0o644) == nil {
				t.Cleanup(func() { _ = os.Remove(dir) })
				return dir, true
			}
		}
		_ = os.Remove(dir)
	}
	return "", false
}
