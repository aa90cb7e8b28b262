package ebpf

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
	tcx "github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/netif"
)

// hook is a program of ours at the TCX ingress of an interface. A pinned hook outlives the
// process.
type hook struct {
	link  tcx.Link
	index uint32 // of the interface
}

// attach puts a program in front of those of other programs at an interface's ingress. file is
// where the hook is pinned; empty: nowhere.
func attach(ns *netif.Namespace, index uint32, p *ebpf.Program, file string) (*hook, error) {
	h := &hook{index: index}
	err := ns.Do(func() (err error) {
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

// loadHook opens a pinned hook. The error is ENOLINK if its interface is gone.
func loadHook(file string) (*hook, error) {
	l, err := tcx.LoadPinnedLink(file, nil)
	if err != nil {
		return nil, err
	}
	h := &hook{link: l}
	if h.index = h.attached(); h.index == 0 {
		return nil, errors.Join(fmt.Errorf("hook %s: %w", file, unix.ENOLINK), l.Close())
	}
	return h, nil
}

// attached returns the index of the interface where the hook is; 0 if it is gone, or nil.
func (h *hook) attached() uint32 {
	if h == nil {
		return 0
	}
	info, err := h.link.Info()
	if err != nil || info.TCX() == nil {
		return 0
	}
	return info.TCX().Ifindex
}

// remove takes the hook off its interface.
func (h *hook) remove() error {
	return errors.Join(h.link.Unpin(), h.link.Close())
}

// leave leaves a pinned hook to the next process.
func (h *hook) leave() error { return h.link.Close() }
