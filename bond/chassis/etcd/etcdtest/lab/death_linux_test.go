package lab

import (
	"testing"
	"time"
)

// The active box dies, with its member of etcd. It comes back and is on standby.
func TestActiveBoxDies(t *testing.T) {
	needLong(t)
	b := newBed(t, options{})
	b.activeDies(deathLimit)
}

// The leader of etcd dies with the active box.
func TestActiveBoxDiesWithTheLeader(t *testing.T) {
	needLong(t)
	b := newBed(t, options{})
	b.etcd.lead(string(b.boxes[0].id))
	b.activeDies(leaderLimit)
}

func (b *bed) activeDies(limit time.Duration) {
	b.t.Helper()
	a, other := b.boxes[0], b.boxes[1]
	start := time.Now()
	v := b.run(2*time.Second, a.die)
	b.t.Logf("%s dies: %v", a.id, v)
	b.moved(v, a, other)
	soon(b.t, "silence of the median flow", v.median(), limit, start)
	b.awaitActive(other)
	epoch := other.status().Epoch
	start = time.Now()
	v = b.run(3*time.Second, a.revive)
	b.t.Logf("%s is back: %v", a.id, v)
	b.unharmed(v, other, start)
	b.awaitReady(other)
	b.still(other, epoch)
}

// The standby box dies. From then on the active one needs etcd.
func TestStandbyBoxDies(t *testing.T) {
	needLong(t)
	b := newBed(t, options{})
	a, other := b.boxes[0], b.boxes[1]
	epoch := a.status().Epoch
	start := time.Now()
	v := b.run(2*time.Second, other.die)
	t.Logf("%s dies: %v", other.id, v)
	b.unharmed(v, a, start)
	b.still(a, epoch)
	if st := a.status(); a.hearsAll(st) {
		t.Errorf("status of %s: %+v, want one that shows that %s is not heard", a.id, st, other.id)
	}
	at := monotonic()
	b.etcd.kill(witnessName)
	b.await(string(a.id)+" without permission", func() bool { return a.status().Left == 0 })
	within(t, "open without etcd and without another box", a.closes()-at, a.cfg.Hold, start)
	b.etcd.revive(witnessName)
	b.awaitActive(a)
	if st := a.status(); st.Epoch != epoch {
		t.Errorf("epoch %d with etcd again, want %d as before", st.Epoch, epoch)
	}
}

// The process of the active box is killed, and its host lives.
func TestProcessKilled(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     options
		limit time.Duration
		need  func(*testing.T)
	}{
		{"watchdog", options{}, quickLimit, needLong},
		{"watchdog at the SLOW rate", options{slow: true}, quickLimit, needLong},
		{"watchdog, without proof", options{noProof: true}, endLimit, needLong},
		{"no watchdog", options{noWatchdog: true}, 3300 * time.Millisecond, needLong},
		{"no watchdog at the SLOW rate", options{noWatchdog: true, slow: true}, 92 * time.Second, needNamed},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.need(t)
			b := newBed(t, c.o)
			start := time.Now()
			v := b.run(c.limit+time.Second, b.boxes[0].kill)
			t.Log(v)
			b.moved(v, b.boxes[0], b.boxes[1])
			soon(t, "silence of the median flow", v.median(), c.limit, start)
			b.awaitActive(b.boxes[1])
		})
	}
}

// The process of the active box is killed and starts again at once. One of the two boxes carries the
// LAG soon.
func TestProcessRestarts(t *testing.T) {
	needLong(t)
	b := newBed(t, options{})
	start := time.Now()
	v := b.run(4*time.Second, func() {
		b.boxes[0].kill()
		b.boxes[0].revive()
	})
	t.Log(v)
	b.safe(v)
	soon(t, "silence of the median flow", v.median(), 3*time.Second, start)
	b.await("one box that carries the LAG", func() bool {
		for _, one := range b.boxes {
			if one.status().Left > 0 && b.carries(one) {
				return true
			}
		}
		return false
	})
}

// The process of the active box is stopped for 3 s. When it goes on, it passes no frame. A watchdog
// with patience takes its links away meanwhile; without one the partner uses them until it misses
// LACPDUs.
func TestProcessStopped(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     options
		limit time.Duration
	}{
		{"no patience", options{}, 3300 * time.Millisecond},
		{"patience", options{patience: 500 * time.Millisecond}, deathLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			needLong(t)
			b := newBed(t, c.o)
			a, other := b.boxes[0], b.boxes[1]
			start := time.Now()
			v := b.run(2*time.Second, func() {
				a.pause(3 * time.Second)
			})
			t.Log(v)
			b.safe(v)
			if v.count[other.letter] == 0 {
				t.Errorf("no answers of %s", other.id)
			}
			soon(t, "silence of the median flow", v.median(), c.limit, start)
			a.setLinks("up")
			b.awaitReady(other)
		})
	}
}
