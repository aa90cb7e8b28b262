package lab

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/lab/echo"
	"github.com/lagkit/lagkit/internal/netlab"
)

// adapterBed is a guest whose adapters filter, with cables to a partner in a namespace. The
// drivers under comparison take turns to make the guest's bond, bond0.
type adapterBed struct {
	kind   *adapterKind
	g      *guest
	far    farEnd
	cables []cable
	taps   []*cableTap // at the guest's ends
	driver bondDriver

	listeners int // number made so far
}

const (
	adapterMembers = 2
	jumboMTU       = 9000
	plainMTU       = 1500
)

// Addresses in the guest and of the partner.
const (
	nearIP  = "10.9.0.1"
	nearIP6 = "fd00:9::1"
	farIP   = "10.9.0.2"
	farIP6  = "fd00:9::2"
	guestNS = "host" // a namespace of the guest for a host that the bond connects
)

func newAdapterBed(t testing.TB, a *adapterKind, far *farKind) *adapterBed {
	t.Helper()
	b := &adapterBed{kind: a, g: bootHost(t, guestConfig{id: 1, interfaces: adapterMembers, adapter: a.adapter})}
	b.far = far.make(t, adapterMembers)
	b.g.run(t, "ip", "netns", "add", guestNS)
	tape, plugging := &tape{}, new(sync.RWMutex)
	for i := range adapterMembers {
		tap := &cableTap{wireEnd: b.g.wires[i], seen: make(map[uint16]int)}
		c := newCable(t, i, tap, b.far.ends[i], tape, plugging)
		b.cables, b.taps = append(b.cables, c), append(b.taps, tap)
		c.pump()
	}
	return b
}

// cableTap counts the frames that a guest's adapter sends, by EtherType.
type cableTap struct {
	wireEnd
	mu   sync.Mutex
	seen map[uint16]int
}

func (c *cableTap) read(buf []byte) (int, error) {
	n, err := c.wireEnd.read(buf)
	if err == nil && n >= 14 {
		c.mu.Lock()
		c.seen[binary.BigEndian.Uint16(buf[12:])]++
		c.mu.Unlock()
	}
	return n, err
}

func (c *cableTap) count(etherType uint16) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[etherType]
}

// start starts a driver, and waits until the LAG is in use and its ends reach each other.
func (b *adapterBed) start(t testing.TB, d bondDriver) {
	t.Helper()
	b.driver = d
	d.start(t, b)
	for _, c := range b.cables {
		c.a.seen.reset()
		c.b.seen.reset()
		c.setUp(t, true)
	}
	b.settle(t)
}

// stop ends the driver's bond and pulls the cables.
func (b *adapterBed) stop(t testing.TB) {
	t.Helper()
	for _, c := range b.cables {
		c.setUp(t, false)
	}
	b.driver.stop(t, b)
}

// settleLimit is how long both ends may take to use a LAG on a busy machine.
const settleLimit = 20 * time.Second

// settle waits until both ends use all members and reach each other.
func (b *adapterBed) settle(t testing.TB) {
	t.Helper()
	await(t, "both ends use the members", time.Now(), settleLimit, func() bool { return b.inUse(b.cables...) },
		func() string { return b.show(t) })
	b.mendAdapters(t)
	await(t, "the ends reach each other", time.Now(), settleLimit,
		func() bool { return b.far.ping(t, nearIP, 1) == 1 }, func() string { return b.show(t) })
}

// mendAdapters works around the faults of the emulation.
func (b *adapterBed) mendAdapters(t testing.TB) {
	t.Helper()
	if b.kind.mend != "" {
		b.g.mustScript(t, b.kind.mend)
	}
}

// inUse reports whether both ends report that they use these cables.
func (b *adapterBed) inUse(cables ...cable) bool {
	for _, c := range cables {
		a, z := c.a.seen.get(), c.b.seen.get()
		if !c.a.up.Load() || a.usableAt.IsZero() || z.usableAt.IsZero() || !a.inUse(z) || !z.inUse(a) {
			return false
		}
	}
	return true
}

func (b *adapterBed) show(t testing.TB) string {
	var s strings.Builder
	for _, c := range b.cables {
		for _, plug := range []*plug{c.a, c.b} {
			g := plug.seen.get()
			fmt.Fprintf(&s, "%s: up %v, %d LACPDUs, %d data frames, actor %v, partner %v\n",
				plug.name, plug.up.Load(), g.pdus, g.data, g.pdu.Actor.State, g.pdu.Partner.State)
		}
	}
	links, err := b.g.script("ip -d address; ip route; ip neigh", guestTimeout)
	fmt.Fprintf(&s, "guest: %s %v\n%s\nfar end: %s", links, err, b.driver.show(b), b.far.show(t))
	return s.String()
}

// received reads the number of answers from ping's output.
var received = regexp.MustCompile(`(\d+) received(?:, \+(\d+) duplicates)?`)

// answers returns how many answers ping got, duplicates included.
func answers(out string) int {
	m := received.FindStringSubmatch(out)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	more, _ := strconv.Atoi(m[2])
	return n + more
}

// pingCommand returns a ping command for n quick requests.
func pingCommand(to string, n int, more ...string) []string {
	args := []string{"ping", "-n", "-c", strconv.Itoa(n), "-i", "0.2", "-W", "2"}
	return append(append(args, more...), to)
}

// forget removes both ends' neighbour entries.
func (b *adapterBed) forget(t testing.TB) {
	t.Helper()
	b.far.forget(t)
	b.g.mustScript(t, "ip neigh flush dev "+guestLAG+"; ip -6 neigh flush dev "+guestLAG)
}

// ping sends n echo requests out of the guest, on request from the host that the bond
// connects, and returns how many answers came.
func (b *adapterBed) ping(t testing.TB, behind bool, to string, n int, more ...string) int {
	t.Helper()
	args := pingCommand(to, n, more...)
	if behind {
		args = append([]string{"ip", "netns", "exec", guestNS}, args...)
	}
	// The program fails if there is no answer.
	a, _ := b.g.do(map[string]any{"op": "exec", "args": args}, guestTimeout)
	return answers(a.Output)
}

// guestEchoes holds the results of a guest's echo requests, and when each was sent by the
// guest's clock, in microseconds.
type guestEchoes struct {
	echo.Result
	Times []int64
}

// echoing sends echo requests of many flows out of the guest in the background.
func (b *adapterBed) echoing(count int, every time.Duration) func(t testing.TB) guestEchoes {
	answer, err := b.g.ask(map[string]any{"op": "echo", "to": farIP, "count": count, "interval": every.Microseconds()})
	return func(t testing.TB) (r guestEchoes) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		select {
		case a, ok := <-answer:
			if !ok || a.Error != "" {
				t.Fatalf("guest: echo: %s", a.Error)
			}
			if err := json.Unmarshal(a.Value, &r); err != nil {
				t.Fatal(err)
			}
		case <-time.After(time.Duration(count)*every + guestTimeout):
			t.Fatal("guest: echo: no answer")
		}
		return r
	}
}

// listener listens on an interface of the guest.
type listener struct {
	b    *adapterBed
	name string
}

// listen opens a listener for frames of an EtherType. It joins a MAC group, if given, and is
// promiscuous on request.
func (b *adapterBed) listen(t testing.TB, name string, etherType int, group string, promiscuous bool) *listener {
	t.Helper()
	l := b.newListener()
	b.ask(t, map[string]any{"op": "listen", "name": l.name, "interface": name, "type": etherType, "group": group, "promiscuous": promiscuous})
	return l
}

// join opens a listener for the datagrams of a group.
func (b *adapterBed) join(t testing.TB, name, group string, port int) *listener {
	t.Helper()
	l := b.newListener()
	b.ask(t, map[string]any{"op": "join", "name": l.name, "interface": name, "to": group, "port": port})
	return l
}

func (b *adapterBed) newListener() *listener {
	b.listeners++
	return &listener{b, fmt.Sprint(b.listeners)}
}

// hearLimit is how long frames may take. An adapter may stop for a second when its filters are
// changed.
const hearLimit = 2 * time.Second

// heard waits until want frames have arrived, or until hearLimit, and then for silence. It
// returns the frames that have arrived since the last call.
func (l *listener) heard(t testing.TB, want int) (frames [][]byte) {
	t.Helper()
	a := l.b.ask(t, map[string]any{"op": "heard", "name": l.name, "count": want,
		"limit": hearLimit.Microseconds(), "interval": quiet.Microseconds()})
	if len(a.Value) > 0 {
		if err := json.Unmarshal(a.Value, &frames); err != nil {
			t.Fatal(err)
		}
	}
	return frames
}

func (l *listener) close(t testing.TB) {
	t.Helper()
	l.b.ask(t, map[string]any{"op": "unlisten", "name": l.name})
}

func (b *adapterBed) ask(t testing.TB, request map[string]any) guestAnswer {
	t.Helper()
	a, err := b.g.do(request, guestTimeout)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// farEnd is the partner of the guest's bond.
type farEnd struct {
	ns     *netlab.NS
	device string // the interface that has its addresses
	ends   []wireEnd
	show   func(t testing.TB) string
}

// ping sends n echo requests from the partner and returns how many answers came.
func (f *farEnd) ping(t testing.TB, to string, n int, more ...string) int {
	t.Helper()
	args := pingCommand(to, n, more...)
	return answers(f.runMayFail(args...))
}

// forget removes the partner's neighbour entries.
func (f *farEnd) forget(t testing.TB) {
	t.Helper()
	f.ns.Run(t, "ip", "neigh", "flush", "dev", f.device)
	f.ns.Run(t, "ip", "-6", "neigh", "flush", "dev", f.device)
}
