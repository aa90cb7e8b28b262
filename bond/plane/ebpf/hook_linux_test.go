package ebpf

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/lagkit/lagkit/internal/netlab/catch"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// hookKind is a kind of hooks, by its name.
type hookKind string

const (
	atTCX     hookKind = "TCX"
	inFilters hookKind = "clsact"
)

// overHooks runs a test with each kind of hooks that the kernel has.
func overHooks(t *testing.T, test func(*testing.T, hookKind)) {
	t.Run(string(atTCX), func(t *testing.T) {
		if has, err := hasTCX(); err == nil && !has {
			t.Skip("needs Linux 6.6")
		}
		test(t, atTCX)
	})
	t.Run(string(inFilters), func(t *testing.T) { test(t, inFilters) })
}

// detach takes a hook off its interface as another program would.
func detach(t *testing.T, h hook) {
	t.Helper()
	var err error
	switch h := h.(type) {
	case *linkHook:
		err = h.link.Detach()
	case *filterHook:
		err = h.of.rt.RemoveFilter(h.index, h.last)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// attachForeign attaches a program to an interface as another program would, in front of ours.
func (b *bed) attachForeign(t *testing.T, index int, p *ebpf.Program) {
	t.Helper()
	if b.kind == atTCX {
		h, err := (&links{ns: b.device.veth.ns}).attach(uint32(index), p, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.remove() })
		return
	}
	const handle = 1
	if err := b.rtnl(t).AddFilter(int32(index), rtnl.Filter{Handle: handle, Name: "foreign"}, p.FD()); err != nil {
		t.Fatal(err)
	}
}

// rtnl opens rtnetlink in the host's namespace.
func (b *bed) rtnl(t *testing.T) (rt *rtnl.Conn) {
	t.Helper()
	b.host.Must(t, func() (err error) {
		rt, err = rtnl.Open()
		return err
	})
	t.Cleanup(func() { rt.Close() })
	return rt
}

func TestHookIsNamed(t *testing.T) {
	overHooks(t, func(t *testing.T, kind hookKind) {
		if got := newBed(t, kind, 1, "").plane.Hook(); got != string(kind) {
			t.Errorf("Hook() = %q, want %q", got, kind)
		}
	})
}

// TestKeepNeedsPins: without a directory for pins, Close leaves nothing to another process.
func TestKeepNeedsPins(t *testing.T) { overHooks(t, testKeepNeedsPins) }

func testKeepNeedsPins(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, "")
	b.plane.Keep()
	if err := b.plane.Close(); err != nil {
		t.Fatal(err)
	}
	b.own.Send(t, numbered(1, 1))
	b.wires[0].Send(t, numbered(1, 1))
	catch.None(t, "far end", b.atFar)
	catch.None(t, "device", b.atHost)
	for _, name := range []string{"m0", "bond0p"} {
		if out := b.filters(t, name); strings.Contains(out, "lagkit") {
			t.Errorf("%s has a filter:\n%s", name, out)
		}
	}
}
