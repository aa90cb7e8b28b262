package netif

import (
	"bytes"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

func TestMain(m *testing.M) {
	netlab.Parallel(6)
	m.Run()
}

// cable is a link in its own namespace, and the far end of its cable.
type cable struct {
	near, far *netlab.NS
	dir       string
}

const (
	nearName = "near0"
	farName  = "far0"
)

// layCable joins two namespaces. Both ends are up, with default offloads.
func layCable(t *testing.T) *cable {
	t.Helper()
	c := &cable{near: netlab.New(t), far: netlab.New(t), dir: t.TempDir()}
	netlab.Pair(t, c.near, nearName, c.far, farName)
	c.near.Up(t, nearName)
	c.far.Up(t, farName)
	c.near.AwaitUp(t, nearName)
	c.far.AwaitUp(t, farName)
	return c
}

func (c *cable) config() Config { return Config{Name: nearName, StateDir: c.dir} }

// open opens the near end, or one of another name.
func (c *cable) open(t *testing.T, cfg Config) *Link {
	t.Helper()
	return openIn(t, c.near, cfg)
}

// openRing opens the near end with a receive ring.
func (c *cable) openRing(t *testing.T) *Link {
	t.Helper()
	cfg := c.config()
	cfg.ReceiveRing = true
	l := c.open(t, cfg)
	if n := l.Stats().RingsRefused; n != 0 {
		t.Skip("the kernel refuses receive rings")
	}
	return l
}

func openIn(t *testing.T, ns *netlab.NS, cfg Config) *Link {
	t.Helper()
	var l link.Link
	ns.Must(t, func() (err error) {
		l, err = OpenLink(cfg)
		return err
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l.(*Link)
}

var (
	macA = []byte{2, 0, 0, 0, 0, 0xa}
	macB = []byte{2, 0, 0, 0, 0, 0xb}
)

// frameOf makes a frame of an EtherType for experiments. If types are given, they precede the
// payload.
func frameOf(dst []byte, types []byte, payload string) []byte {
	f := append(bytes.Clone(dst), macB...)
	if types == nil {
		types = []byte{0x88, 0xb5}
	}
	f = append(append(f, types...), payload...)
	return append(f, make([]byte, max(0, 60-len(f)))...)
}

func isExperiment(f []byte) bool { return len(f) > 14 && f[12] == 0x88 && f[13] == 0xb5 }

// experiments keeps the host's own traffic out of the frames that a test reads.
func payloadOf(f []byte) string {
	i := bytes.Index(f, []byte{0x88, 0xb5})
	if i < 0 {
		return ""
	}
	return string(bytes.TrimRight(f[i+2:], "\x00"))
}

// nextData reads until a frame has one of our payloads. If none comes, the link is closed,
// which fails the test.
func nextData(t *testing.T, l link.Link) link.Frame {
	t.Helper()
	guard := time.AfterFunc(netlab.Patience, func() { _ = l.Close() })
	defer guard.Stop()
	bufs, frames := [][]byte{make([]byte, link.BufferSize)}, make([]link.Frame, 1)
	for {
		n, err := l.Read(bufs, frames)
		if err != nil {
			t.Fatalf("waiting for a frame: %v", err)
		}
		if n == 1 && payloadOf(frames[0].Data) != "" {
			return frames[0]
		}
	}
}

func nextControl(t *testing.T, l link.Link) []byte {
	t.Helper()
	guard := time.AfterFunc(netlab.Patience, func() { _ = l.Close() })
	defer guard.Stop()
	buf := make([]byte, 1522)
	n, err := l.ReadControl(buf)
	if err != nil {
		t.Fatalf("waiting for a slow-protocols frame: %v", err)
	}
	return buf[:n]
}

// awaitState waits for a state, and returns how long it took.
func awaitState(t *testing.T, l link.Link, what string, ok func(link.State) bool) time.Duration {
	t.Helper()
	start := time.Now()
	netlab.NextState(t, l, what, ok)
	return time.Since(start)
}
