package ebpf

import (
	"errors"
	"slices"
	"strconv"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// member is a port in use.
type member struct {
	slot    int
	index   uint32
	adopted bool  // an earlier process had it in the same slot
	rx      *hook // nil: not attached yet
}

// assign gives each member of a plan a slot, which it keeps. It returns the members that are
// new, and the slots by id.
func (p *Plane) assign(next *plane.Plan) (added map[link.Port]*member, slots []int, err error) {
	used := make([]bool, maxMembers+1)
	for _, m := range p.members {
		used[m.slot] = true
	}
	left := p.leftSlots()
	for _, slot := range left {
		used[slot] = true
	}
	added, slots = make(map[link.Port]*member), make([]int, len(next.Members))
	seen := make(map[uint32]bool)
	for id := range next.Members {
		port := next.Members[id].Port
		if port == nil {
			continue
		}
		index, err := indexOf(port)
		if err != nil {
			return nil, nil, err
		}
		if seen[index] {
			return nil, nil, &lacp.FieldError{Field: "Port", Value: port.Name(), Allowed: "each interface once"}
		}
		seen[index] = true
		m := p.members[port]
		if m == nil {
			slot, adopted := left[index]
			if !adopted {
				slot = slices.Index(used, false)
			}
			if slot == maxMembers {
				return nil, nil, &lacp.FieldError{Field: "Members", Value: strconv.Itoa(len(seen)), Allowed: "at most " + strconv.Itoa(maxMembers)}
			}
			used[slot] = true
			m = &member{slot: slot, index: index, adopted: adopted}
			added[port] = m
		}
		slots[id] = m.slot
	}
	return added, slots, nil
}

// leftSlots returns the slots that an earlier process has given to interfaces that still have
// its hooks.
func (p *Plane) leftSlots() map[uint32]int {
	left := make(map[uint32]int)
	if p.plan != nil {
		return left
	}
	img := p.maps.inUse()
	for slot, entry := range img[halfMembers : halfMembers+maxMembers] {
		if index := uint32(entry); p.found[index] != nil {
			left[index] = slot
		}
	}
	return left
}

// attach puts the programs of a plan where they are not yet: on new members, on members that
// lost theirs, and on the device's peer. On an error it takes off what it has put on.
func (p *Plane) attach(next *plane.Plan, added map[link.Port]*member) (err error) {
	var tx *ebpf.Program
	if s := sendsOf(next); p.plan == nil || p.sends != s || p.tx.attached() == 0 {
		c, err := p.maps.transmitCode(next)
		if err != nil {
			return err
		}
		if tx, err = load("lagkit_tx", c); err != nil {
			return err
		}
		defer tx.Close()
	}
	var fresh []*hook
	defer func() {
		if err == nil {
			return
		}
		for _, h := range fresh {
			err = errors.Join(err, h.remove())
		}
	}()
	for port, m := range added {
		if !m.adopted {
			if err := p.maps.clearMember(m.slot); err != nil {
				return err
			}
		}
		h, isFresh, err := p.hookFor(m, next)
		if err != nil {
			return &link.Error{Name: port.Name(), Op: "attach program", Err: err}
		}
		m.rx = h
		if isFresh {
			fresh = append(fresh, h)
		}
	}
	if err := p.reattach(next); err != nil {
		return err
	}
	if tx == nil {
		return nil
	}
	if p.tx, err = p.put(p.tx, uint32(p.device.Peer()), tx, p.pins.file(pinTx)); err != nil {
		return &link.Error{Name: p.device.Name(), Op: "attach program", Err: err}
	}
	p.sends = sendsOf(next)
	return nil
}

// put replaces the program of a hook, or attaches it if there is no such hook any more.
func (p *Plane) put(h *hook, index uint32, program *ebpf.Program, file string) (*hook, error) {
	if h != nil && h.attached() == index {
		return h, h.link.Update(program)
	}
	if h != nil {
		if err := h.remove(); err != nil {
			return h, err
		}
	}
	return p.device.ns.attach(index, program, file)
}

// hookFor attaches the program of a new member. It takes the hook that an earlier process left
// there, or that of a port with the same interface that the plan drops; else fresh is true.
func (p *Plane) hookFor(m *member, next *plane.Plan) (h *hook, fresh bool, err error) {
	program, err := load("lagkit_rx", p.maps.receiveCode(m.slot))
	if err != nil {
		return nil, false, err
	}
	defer program.Close()
	old := p.found[m.index]
	delete(p.found, m.index)
	for port, o := range p.members {
		if o.index == m.index && !has(next, port) {
			old, o.rx = o.rx, nil
		}
	}
	h, err = p.put(old, m.index, program, p.pins.rx(m.index))
	return h, h != old, err
}

func has(plan *plane.Plan, port link.Port) bool {
	return slices.ContainsFunc(plan.Members, func(m plane.Member) bool { return m.Port == port })
}

// reattach puts programs back that another program has detached. An interface that is gone
// gets none; its port reports that.
func (p *Plane) reattach(next *plane.Plan) error {
	for port, m := range p.members {
		if m.rx == nil || m.rx.attached() != 0 || !has(next, port) {
			continue
		}
		program, err := load("lagkit_rx", p.maps.receiveCode(m.slot))
		if err != nil {
			return err
		}
		h, err := p.put(m.rx, m.index, program, p.pins.rx(m.index))
		if err := program.Close(); err != nil {
			return err
		}
		switch {
		case err == nil:
			m.rx = h
		case !errors.Is(err, unix.ENODEV):
			return &link.Error{Name: port.Name(), Op: "attach program", Err: err}
		}
	}
	return nil
}

// release ends the members that the next plan does not have.
func (p *Plane) release(next *plane.Plan) (errs []error) {
	for port, m := range p.members {
		if has(next, port) {
			continue
		}
		if m.rx != nil {
			errs = append(errs, p.drop(m.rx))
		}
		counters := p.MemberCounters(port)
		p.mu.Lock()
		delete(p.members, port)
		p.mu.Unlock()
		p.host.MemberReleased(port, counters)
	}
	return errs
}

// drop ends a hook, or leaves it to the next process.
func (p *Plane) drop(h *hook) error {
	if p.keep {
		return h.leave()
	}
	return h.remove()
}

// removeFound removes the hooks of an earlier process that no member has taken over.
func (p *Plane) removeFound() error {
	var errs []error
	for _, h := range p.found {
		errs = append(errs, p.drop(h))
	}
	clear(p.found)
	return errors.Join(errs...)
}
