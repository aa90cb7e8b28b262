package ebpf

import (
	"errors"
	"math"
	"os"
	"strings"

	"github.com/cilium/ebpf"
	tcx "github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/netif"
)

// links makes hooks at TCX. A pinned one outlives the process.
type links struct {
	ns   *netif.Namespace
	pins pins
}

// linkHook is a hook at TCX.
type linkHook struct{ link tcx.Link }

func (l *links) kind() string { return "TCX" }
func (l *links) close() error { return nil }

func (l *links) attach(index uint32, p *ebpf.Program, file string) (hook, error) {
	h := new(linkHook)
	err := l.ns.Do(func() (err error) {
		h.link, err = tcx.AttachTCX(tcx.TCXOptions{
			Interface: int(index), Program: p, Attach: ebpf.AttachTCXIngress, Anchor: tcx.Head(),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if file == "" {
		return h, nil
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(err, h.link.Close())
	}
	if err := h.link.Pin(file); err != nil {
		return nil, errors.Join(err, h.link.Close())
	}
	return h, nil
}

// left opens the pinned hooks. It removes those whose interface is gone.
func (l *links) left() (map[uint32]hook, error) {
	found := make(map[uint32]hook)
	if l.pins == "" {
		return found, nil
	}
	entries, err := os.ReadDir(string(l.pins))
	if errors.Is(err, os.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() != pinTx && !strings.HasPrefix(e.Name(), pinRx) {
			continue
		}
		pinned, err := tcx.LoadPinnedLink(l.pins.file(e.Name()), nil)
		if err != nil {
			return nil, err
		}
		h := &linkHook{pinned}
		if index := h.at(); index != 0 {
			found[index] = h
		} else if err := h.remove(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (h *linkHook) at() uint32 {
	info, err := h.link.Info()
	if err != nil || info.TCX() == nil {
		return 0
	}
	return info.TCX().Ifindex
}

func (h *linkHook) replace(p *ebpf.Program) error { return h.link.Update(p) }
func (h *linkHook) remove() error                 { return errors.Join(h.link.Unpin(), h.link.Close()) }
func (h *linkHook) leave() error                  { return h.link.Close() }

// tryTCX attaches a program to an interface that does not exist. A kernel that can attach
// programs reports just that.
func tryTCX(p *ebpf.Program) error {
	l, err := tcx.AttachTCX(tcx.TCXOptions{Interface: math.MaxInt32, Program: p, Attach: ebpf.AttachTCXIngress})
	if err == nil {
		return l.Close()
	}
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}
