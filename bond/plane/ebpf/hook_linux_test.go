package ebpf

import (
	"testing"

	"github.com/cilium/ebpf"

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
		h, err := (&links{ns: b.device.ns}).attach(uint32(index), p, "")
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
