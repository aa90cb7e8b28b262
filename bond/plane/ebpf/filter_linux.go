package ebpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// filters makes hooks that are filters of kind bpf at the clsact ingress of interfaces, which
// kernels before 6.6 have. The kernel keeps a filter as long as its interface, whether the process
// lives or not. So filters are not pinned: the next process finds them by the handle and by the
// name, which contains the device's.
type filters struct {
	rt   *rtnl.Conn
	name string
	pins pins
}

// withQdisc ends the name of a filter whose qdisc we made. It is removed with the filter, unless
// another program has put a filter there.
const withQdisc = "/clsact"

// filterHook is a hook of filters.
type filterHook struct {
	of    *filters
	index int32
	stays bool        // after the process
	last  rtnl.Filter // as we set it
}

func openFilters(ns *netif.Namespace, device string, dir pins) (*filters, error) {
	f := &filters{name: "lagkit/" + device, pins: dir}
	err := ns.Do(func() (err error) {
		f.rt, err = rtnl.Open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *filters) kind() string { return "clsact" }
func (f *filters) close() error { return f.rt.Close() }

// attach takes over the filter that a dead process has left there, if any.
func (f *filters) attach(index uint32, p *ebpf.Program, file string) (hook, error) {
	h := &filterHook{of: f, index: int32(index), stays: file != ""}
	var err error
	if h.last, err = f.find(h.index); err != nil {
		return nil, err
	}
	if h.last.ID != 0 {
		err = h.replace(p)
	} else if err = explainFilter(f.add(h.index, p)); err == nil {
		h.last, err = f.find(h.index)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// add adds the filter, and the qdisc that has the hooks for filters.
func (f *filters) add(index int32, p *ebpf.Program) error {
	name := f.name
	added, err := f.rt.AddClsact(index)
	if err != nil {
		return err
	}
	if added {
		name += withQdisc
	}
	err = f.rt.AddFilter(index, rtnl.Filter{Handle: rtnl.PlaneHandle, Name: name}, p.FD())
	if err != nil && added {
		err = errors.Join(err, f.rt.RemoveUnusedClsact(index))
	}
	return err
}

// explainFilter adds to an error what the kernel lacks.
func explainFilter(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("%w: needs NET_SCH_INGRESS and NET_CLS_BPF in the kernel's configuration: %w", errors.ErrUnsupported, err)
	}
	return err
}

// find returns our filter at an interface. Its ID is 0 if there is none.
func (f *filters) find(index int32) (rtnl.Filter, error) {
	list, err := f.rt.Filters(index)
	if err != nil {
		return rtnl.Filter{}, err
	}
	for _, found := range list {
		if found.Handle == rtnl.PlaneHandle && (found.Name == f.name || found.Name == f.name+withQdisc) {
			return found, nil
		}
	}
	return rtnl.Filter{}, nil
}

// left looks at every interface.
func (f *filters) left() (map[uint32]hook, error) {
	all, err := f.rt.Links()
	if err != nil {
		return nil, err
	}
	left := make(map[uint32]hook)
	for _, li := range all {
		now, err := f.find(li.Index)
		if err != nil {
			return nil, err
		}
		if now.ID != 0 {
			left[uint32(li.Index)] = &filterHook{of: f, index: li.Index, stays: f.pins != "", last: now}
		}
	}
	return left, nil
}

// at compares the program too: another one in our filter is not ours.
func (h *filterHook) at() uint32 {
	if now, err := h.of.find(h.index); err != nil || now.ID != h.last.ID {
		return 0
	}
	return uint32(h.index)
}

func (h *filterHook) replace(p *ebpf.Program) error {
	info, err := p.Info()
	if err != nil {
		return err
	}
	if err := h.of.rt.ReplaceFilter(h.index, h.last, p.FD()); err != nil {
		return err
	}
	id, _ := info.ID() // every kernel with the programs' helpers reports it
	h.last.ID = uint32(id)
	return nil
}

func (h *filterHook) remove() error {
	now, err := h.of.find(h.index)
	if err == nil && now.ID != 0 {
		err = h.of.rt.RemoveFilter(h.index, now)
	}
	if err == nil && h.last.Name == h.of.name+withQdisc {
		err = h.of.rt.RemoveUnusedClsact(h.index)
	}
	if errors.Is(err, unix.ENODEV) {
		return nil // gone with its interface
	}
	return err
}

func (h *filterHook) leave() error {
	if h.stays {
		return nil
	}
	return h.remove()
}
