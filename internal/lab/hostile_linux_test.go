package lab

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// attack describes what an attacker does on the first of two cables, for attackTime.
type attack struct {
	name string
	// frame makes the n-th frame from a LACPDU frame of each end, which it may change.
	frame func(n int, theirs, ours []byte) []byte
	pause time.Duration // between frames; 0: as fast as they can be sent
	data  bool          // some are data frames, which are ordinary traffic and cost as much
}

const attackTime = 4 * time.Second

// Offsets in a LACPDU frame.
const (
	offActorSystem = 14 + 6
	offActorKey    = 14 + 12
	offActorPort   = 14 + 16
	offActorState  = 14 + 18
	offPartner     = 14 + 24
)

var attacks = []attack{
	{"LACPDU flood", func(_ int, theirs, _ []byte) []byte { return theirs }, 0, false},
	{"Marker flood", func(n int, theirs, _ []byte) []byte { return markerFrame(theirs, 1, n) }, 0, false},
	{"Marker Response flood", func(n int, theirs, _ []byte) []byte { return markerFrame(theirs, 2, n) }, 0, false},
	{"a new partner with each frame", func(n int, theirs, _ []byte) []byte {
		binary.BigEndian.PutUint32(theirs[offActorSystem+2:], uint32(n))
		return theirs
	}, 0, false},
	{"a new partner each 8 ms", func(n int, theirs, _ []byte) []byte {
		binary.BigEndian.PutUint32(theirs[offActorSystem+2:], uint32(n))
		return theirs
	}, 8 * time.Millisecond, false},
	{"flapping bits", func(n int, theirs, _ []byte) []byte {
		theirs[offActorState] ^= byte(n)
		return theirs
	}, 20 * time.Millisecond, false},
	{"two partners", func(_ int, theirs, _ []byte) []byte {
		theirs[offActorSystem+5] ^= 0x55
		return theirs
	}, 100 * time.Millisecond, false},
	{"our own frames come back", func(_ int, _, ours []byte) []byte { return ours }, 0, false},
	{"spoofed: not in sync", func(_ int, theirs, _ []byte) []byte {
		theirs[offActorState] &^= byte(lacp.StateSynchronization)
		return theirs
	}, 50 * time.Millisecond, false},
	{"garbled frames", func(n int, theirs, _ []byte) []byte { return garble(n, theirs) }, 0, true},
}

func markerFrame(frame []byte, typ byte, n int) []byte {
	clear(frame[14:])
	copy(frame[14:], []byte{2, 1, typ, 16})
	binary.BigEndian.PutUint32(frame[14+12:], uint32(n))
	return frame
}

// garble cuts, lengthens, tags and changes a frame.
func garble(n int, frame []byte) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 0))
	for range 1 + r.IntN(4) {
		frame[12+r.IntN(len(frame)-12)] = byte(r.Uint32())
	}
	switch n % 6 {
	case 0:
		return frame[:14+r.IntN(len(frame)-14)]
	case 1:
		return append(frame, make([]byte, r.IntN(1390))...)
	case 2:
		return append(append(frame[:12:12], 0x81, 0, byte(r.UintN(16)), byte(r.Uint32())), frame[12:]...)
	case 3:
		return append(append(frame[:12:12], 0x88, 0xa8, 0, 0, 0x81, 0, 0, 0), frame[12:]...)
	case 4:
		frame[5] = byte(r.Uint32()) // another destination
	}
	return frame
}

// TestHostileLink attacks one of two links. Whatever happens on it, the other link carries
// data all the time, lacpd sends no more than the protocol allows, and memory and time are
// bounded. Afterwards the link is used again.
func TestHostileLink(t *testing.T) {
	needLong(t)
	netlab.Slow(t)
	b, _, all, show := twoLacpd(t)
	theirs, ours := lacpdusOf(t, b)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			before := b.lacpd.status(t)
			other := before.Members[1]
			use := usageOf(t, b.lacpd)
			sent := countFrom(t, b.far, b.theirs[0], ours[6:12])
			frames := attackFor(t, b.far, b.theirs[0], a, theirs, ours)
			lacpdus, markers := sent()
			after, spent := b.lacpd.status(t), usageOf(t, b.lacpd).since(use)
			t.Logf("%d frames: %.0f %% of a CPU, %+d KiB; we sent %d LACPDUs and %d Marker Responses",
				frames, 100*spent.cpu.Seconds()/attackTime.Seconds(), spent.rss/1024, lacpdus, markers)
			seconds := int(attackTime/time.Second) + 1
			if lacpdus > 3*seconds {
				t.Errorf("we sent %d LACPDUs in %v, want at most three a second", lacpdus, attackTime)
			}
			if markers > 10*seconds {
				t.Errorf("we sent %d Marker Responses in %v, want at most ten a second", markers, attackTime)
			}
			if spent.rss > 16<<20 {
				t.Errorf("memory grew by %d KiB", spent.rss/1024)
			}
			if !a.data && spent.cpu > attackTime/5 {
				t.Errorf("it took %v of CPU time in %v", spent.cpu, attackTime)
			}
			if m := after.Members[1]; !m.CarriesData || !m.Reason.Since.Equal(other.Reason.Since) {
				t.Errorf("the other link was touched: %+v", m)
			}
			took := await(t, "the link is used again", time.Now(), 15*time.Second, all, show)
			t.Logf("used again after %v", took)
		})
	}
}

// TestOwnIdentityIsNoPartner stops the partner and sends LACPDUs with our own identity in its
// place. The link must not keep carrying data.
func TestOwnIdentityIsNoPartner(t *testing.T) {
	needLong(t)
	b, far, _, show := twoLacpd(t)
	_, ours := lacpdusOf(t, b)
	far.Signal(t, syscall.SIGSTOP)
	defer far.Signal(t, syscall.SIGCONT)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() {
		wire := b.far.Wire(t, b.theirs[0])
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
				wire.Send(t, ours)
			}
		}
	})
	took := await(t, "the link is given up", time.Now(), 4*time.Second, func() bool {
		return !b.lacpd.status(t).Members[0].CarriesData
	}, show)
	t.Logf("given up after %v", took)
}

// twoLacpd connects two lacpd by two links. all reports whether both use both links.
func twoLacpd(t *testing.T) (b *bed, far *lacpd, all func() bool, show func() string) {
	t.Helper()
	b = layCables(t, 2)
	b.startLacpd(t, bedConfig{})
	far = startLacpd(t, b.far, lacpdConfig{members: b.theirs, fast: true, ip: "10.9.0.2"})
	all = func() bool {
		for _, s := range []status{b.lacpd.status(t), far.status(t)} {
			for _, m := range s.Members {
				if !m.CarriesData {
					return false
				}
			}
		}
		return true
	}
	show = func() string { return fmt.Sprintf("near %+v\nfar %+v", b.lacpd.status(t), far.status(t)) }
	await(t, "both ends use both links", time.Now(), 10*time.Second, all, show)
	return b, far, all, show
}

// lacpdusOf returns a LACPDU frame of each end of the first cable.
func lacpdusOf(t *testing.T, b *bed) (theirs, ours []byte) {
	t.Helper()
	wire := b.far.Wire(t, b.theirs[0])
	theirMAC := b.far.Interface(t, b.theirs[0]).HardwareAddr
	isLACPDU := func(f []byte) bool { return len(f) >= lacp.FrameLen && f[12] == 0x88 && f[13] == 0x09 && f[14] == 1 }
	theirs = bytes.Clone(wire.Next(t, func(f []byte) bool { return isLACPDU(f) && bytes.Equal(f[6:12], theirMAC) }))
	ours = bytes.Clone(wire.Next(t, func(f []byte) bool { return isLACPDU(f) && !bytes.Equal(f[6:12], theirMAC) }))
	return theirs, ours
}

// attackFor sends the attack's frames and returns how many it sent.
func attackFor(t *testing.T, ns *netlab.NS, end string, a attack, theirs, ours []byte) int {
	t.Helper()
	wire := ns.Wire(t, end)
	n := 0
	for start := time.Now(); time.Since(start) < attackTime; n++ {
		if frame := a.frame(n, bytes.Clone(theirs), bytes.Clone(ours)); len(frame) >= 14 {
			wire.Send(t, frame)
		}
		if a.pause > 0 {
			<-time.After(a.pause)
		}
	}
	return n
}

// countFrom counts the LACPDUs and Marker Responses that an interface receives from an
// address, until the returned function is called.
func countFrom(t *testing.T, ns *netlab.NS, end string, from []byte) func() (lacpdus, markers int) {
	t.Helper()
	wire := ns.Wire(t, end)
	wire.IgnoreOutgoing(t)
	var counts [2]atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			f, err := wire.Read()
			if err != nil {
				return
			}
			switch {
			case len(f) < 17 || !bytes.Equal(f[6:12], from) || f[12] != 0x88 || f[13] != 0x09:
			case f[14] == 1:
				counts[0].Add(1)
			case f[14] == 2 && f[16] == 2:
				counts[1].Add(1)
			}
		}
	})
	return func() (int, int) {
		wire.Close()
		wg.Wait()
		return int(counts[0].Load()), int(counts[1].Load())
	}
}

// usage holds the resources that a process has used.
type usage struct {
	cpu time.Duration
	rss int64 // octets
}

func (u usage) since(v usage) usage { return usage{u.cpu - v.cpu, u.rss - v.rss} }

func usageOf(t *testing.T, l *lacpd) usage {
	t.Helper()
	dir := "/proc/" + strconv.Itoa(l.Cmd.Process.Pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	// After the name in brackets: utime and stime are fields 14 and 15, in 1/100 s.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	ticks := number(fields[11]) + number(fields[12])
	statm, err := os.ReadFile(dir + "/statm")
	if err != nil {
		t.Fatal(err)
	}
	return usage{time.Duration(ticks) * 10 * time.Millisecond, number(strings.Fields(string(statm))[1]) * int64(os.Getpagesize())}
}
