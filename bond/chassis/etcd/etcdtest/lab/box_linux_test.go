package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/internal/netlab"
)

// box is a box of the bed, in a namespace of its own.
type box struct {
	t      testing.TB
	bed    *bed
	id     chassis.ID
	letter byte // its answers have it
	number int  // of its ports, and the last octet of its addresses
	ns     *netlab.NS
	cfg    boxConfig
	lives  []*life
	ports  []string // its members
	far    []string // the other ends of their cables, in the switch
	knows  bool     // its host knows the switch's address for good; else it asks for it each 50 ms
}

// life is a process of a box.
type life struct {
	*netlab.Process
	orders *os.File

	mu      sync.Mutex
	permits []permit
	dying   time.Duration // when the test began to kill it; 0: it did not
	dead    time.Duration // when it had certainly ended
	ready   chan struct{}
	replies chan reply
}

// start starts the box's process, again if it has ended, and waits until it has joined the group.
func (b *box) start() {
	b.t.Helper()
	b.launch()
	b.awaitJoined()
}

// awaitJoined waits until the process has joined the group.
func (b *box) awaitJoined() {
	b.t.Helper()
	l := b.life()
	select {
	case <-l.ready:
		if b.knows {
			neighbor(b.t, b.ns, switchPrefix, switchMAC, lagDevice)
		} else {
			b.ns.Must(b.t, func() error {
				return os.WriteFile("/proc/sys/net/ipv4/neigh/"+lagDevice+"/retrans_time_ms", []byte("50"), 0)
			})
		}
	case <-l.Done:
		b.t.Fatalf("box %s ended: %v\n%s", b.id, l.Err(), &l.Log)
	case <-time.After(netlab.Patience):
		b.t.Fatalf("box %s has not joined within %v\n%s", b.id, netlab.Patience, &l.Log)
	}
}

// launch starts the box's process.
func (b *box) launch() {
	b.t.Helper()
	cmd, err := roleCommand("box", b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	in, orders, err := os.Pipe()
	if err != nil {
		b.t.Fatal(err)
	}
	reports, out, err := os.Pipe()
	if err != nil {
		b.t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout = in, out
	l := &life{orders: orders, ready: make(chan struct{}), replies: make(chan reply, 1)}
	l.Process = b.ns.Launch(b.t, cmd)
	_, _ = in.Close(), out.Close() // the process has its own
	go l.read(reports)
	b.t.Cleanup(func() {
		if b.t.Failed() || os.Getenv(logEnv) != "" {
			b.t.Logf("log of box %s:\n%s", b.id, &l.Log)
		}
		_ = orders.Close()
	})
	b.lives = append(b.lives, l)
}

// read takes the reports of a process until it ends.
func (l *life) read(reports *os.File) {
	defer reports.Close()
	for d := json.NewDecoder(reports); ; {
		var r report
		if d.Decode(&r) != nil {
			return
		}
		switch {
		case r.Ready:
			close(l.ready)
		case r.Permit != nil:
			l.mu.Lock()
			l.permits = append(l.permits, *r.Permit)
			l.mu.Unlock()
		case r.Reply != nil:
			l.replies <- *r.Reply
		}
	}
}

// life returns the newest process of the box.
func (b *box) life() *life { return b.lives[len(b.lives)-1] }

// order gives the box an order, and returns its reply.
func (b *box) order(o order) (reply, error) {
	l := b.life()
	text, err := json.Marshal(o)
	if err != nil {
		return reply{}, err
	}
	if _, err := l.orders.Write(append(text, '\n')); err != nil {
		return reply{}, err
	}
	select {
	case r := <-l.replies:
		if r.Error != "" {
			return r, fmt.Errorf("box %s: %s: %s", b.id, o.Do, r.Error)
		}
		return r, nil
	case <-l.Done:
		return reply{}, fmt.Errorf("box %s ended: %w", b.id, l.Err())
	case <-time.After(netlab.Patience):
		return reply{}, fmt.Errorf("box %s does not obey: %s", b.id, o.Do)
	}
}

// status returns the status of the box.
func (b *box) status() boxStatus {
	b.t.Helper()
	r, err := b.order(order{Do: "status"})
	if err != nil {
		b.t.Fatal(err)
	}
	return r.Status
}

// handOver makes the box give the LAG to another one.
func (b *box) handOver(to *box) {
	b.t.Helper()
	if _, err := b.order(order{Do: "handover", To: to.id}); err != nil {
		b.t.Error(err)
	}
}

// kill ends the process as a crash does.
func (b *box) kill() {
	b.t.Helper()
	b.life().crash(b.t, func() {})
}

// suspend ends the process so that the partner keeps its links for the next one.
func (b *box) suspend() {
	b.t.Helper()
	l := b.life()
	dying := monotonic()
	if _, err := b.order(order{Do: "suspend"}); err != nil {
		b.t.Error(err)
	}
	<-l.Done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dying, l.dead = dying, monotonic()
}

// crash kills the process after first.
func (l *life) crash(t testing.TB, first func()) {
	t.Helper()
	dying := monotonic()
	first()
	l.Kill(t)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dying, l.dead = dying, monotonic()
}

// pause stops the process for a time, without its knowledge.
func (b *box) pause(d time.Duration) {
	b.t.Helper()
	l := b.life()
	l.Signal(b.t, syscall.SIGSTOP)
	<-time.After(d)
	l.Signal(b.t, syscall.SIGCONT)
}

// stop asks the process to end, and waits for that.
func (b *box) stop() {
	b.t.Helper()
	l := b.life()
	l.End(b.t)
	if err := l.Err(); err != nil {
		b.t.Errorf("box %s ended: %v\n%s", b.id, err, &l.Log)
	}
}

// die kills the box: its process and its member of etcd, if it has one, stop and all its cables lose
// their carrier before anything can be sent.
func (b *box) die() {
	b.t.Helper()
	m := b.bed.etcd.member(string(b.id))
	l := b.life()
	l.crash(b.t, func() {
		l.Signal(b.t, syscall.SIGSTOP)
		if m != nil {
			m.Signal(b.t, syscall.SIGSTOP)
		}
		b.setLinks("down")
	})
	if m != nil {
		m.Kill(b.t)
	}
}

// setLinks sets all interfaces of the box up or down.
func (b *box) setLinks(state string) {
	b.t.Helper()
	var batch strings.Builder
	for _, name := range append([]string{peerPort, etcdPort}, b.ports...) {
		fmt.Fprintf(&batch, "link set dev %s %s\n", name, state)
	}
	file := filepath.Join(b.t.TempDir(), "links")
	if err := os.WriteFile(file, []byte(batch.String()), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.ns.Run(b.t, "ip", "-batch", file)
}

// revive starts what has ended of the box.
func (b *box) revive() {
	b.t.Helper()
	b.setLinks("up")
	b.bed.etcd.revive(string(b.id))
	b.bed.connect(b)
	if b.life().Ended() {
		b.start()
	}
}

// open returns when the box could pass frames: at least, if a process that the test killed was dead at
// once, and at most.
func (b *box) open() (least, most []span) {
	for _, l := range b.lives {
		l.mu.Lock()
		spans := spansOf(l.permits)
		if l.dead == 0 {
			least, most = append(least, spans...), append(most, spans...)
		} else {
			least, most = append(least, truncate(spans, l.dying)...), append(most, truncate(spans, l.dead)...)
		}
		l.mu.Unlock()
	}
	return least, most
}

// closes returns when the box could last pass frames.
func (b *box) closes() time.Duration {
	_, most := b.open()
	return most[len(most)-1].to
}
