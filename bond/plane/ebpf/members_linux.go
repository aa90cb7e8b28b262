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
	adopted bool    // an earlier process had it in the same slot
	from    *member // the member that it takes slot and hook over from; nil: none
	rx      hook    // nil: not attached
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
			m = &member{index: index, from: p.leaving(index, next)}
			if m.from != nil {
				m.slot = m.from.slot
			} else if m.slot, m.adopted = left[index]; !m.adopted {
				m.slot = slices.Index(used, false)
			}
			if m.slot == maxMembers {
				return nil, nil, &lacp.FieldError{Field: "Members", Value: strconv.Itoa(len(seen)), Allowed: "at most " + strconv.Itoa(maxMembers)}
			}
			used[m.slot] = true
			added[port] = m
		}
		slots[id] = m.slot
	}
	return added, slots, nil
}

// leaving returns the member with an interface index that the next plan does not have, or
// nil. Another port of the same interface takes its place.
func (p *Plane) leaving(index uint32, next *plane.Plan) *member {
	for port, m := range p.members {
		if m.index == index && !has(next, port) {
			return m
		}
	}
	return nil
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
// lost theirs, and on the device's peer. If it fails it takes off what it has put on.
func (p *Plane) attach(next *plane.Plan, added map[link.Port]*member) error {
	tx, err := p.transmitter(next)
	if err != nil {
		return err
	}
	if tx != nil {
		defer closeLoaded(tx)
	}
	var fresh []hook
	err = p.attachNew(added, &fresh)
	if err == nil {
		err = p.reattach(next)
	}
	if err == nil && tx != nil {
		if p.tx, err = p.put(p.tx, uint32(p.device.Peer()), tx, p.pins.file(pinTx)); err != nil {
			err = &link.Error{Name: p.device.Name(), Op: "attach program", Err: err}
		}
	}
	if err != nil {
		for _, h := range fresh {
			err = errors.Join(err, h.remove())
		}
		return err
	}
	p.sends = sendsOf(next)
	return nil
}

// transmitter loads the transmit program of a plan; nil if the one in place will do.
func (p *Plane) transmitter(next *plane.Plan) (*ebpf.Program, error) {
	if p.plan != nil && p.sends == sendsOf(next) && isAt(p.tx, uint32(p.device.Peer())) {
		return nil, nil
	}
	c, err := p.maps.transmitCode(next, p.cfg.Pause)
	if err != nil {
		return nil, err
	}
	return load("lagkit_tx", c)
}

// attachNew attaches the programs of new members, in place of those that an earlier process left
// there. It adds the other hooks to fresh.
func (p *Plane) attachNew(added map[link.Port]*member, fresh *[]hook) error {
	for port, m := range added {
		if m.from != nil {
			m.rx = m.from.rx
			continue
		}
		if !m.adopted {
			if err := p.maps.clearMember(m.slot); err != nil {
				return err
			}
		}
		old := p.found[m.index]
		if err := p.putReceiver(m, old); err != nil {
			return &link.Error{Name: port.Name(), Op: "attach program", Err: err}
		}
		if m.rx != old {
			*fresh = append(*fresh, m.rx)
		}
	}
	return nil
}

// reattach puts programs back that another program has detached. An interface that is gone
// gets none; its port reports that.
func (p *Plane) reattach(next *plane.Plan) error {
	for port, m := range p.members {
		if !has(next, port) || isAt(m.rx, m.index) {
			continue
		}
		if err := p.putReceiver(m, m.rx); err != nil && !errors.Is(err, unix.ENODEV) {
			return &link.Error{Name: port.Name(), Op: "attach program", Err: err}
		}
	}
	return nil
}

// putReceiver puts a member's program in place of that of an old hook, which may be nil.
func (p *Plane) putReceiver(m *member, old hook) error {
	program, err := load("lagkit_rx", p.maps.receiveCode(m.slot))
	if err != nil {
		return err
	}
	defer closeLoaded(program)
	m.rx, err = p.put(old, m.index, program, p.pins.rx(m.index))
	return err
}

// put replaces the program of a hook, or attaches it if the hook is not at the interface. It
// returns the hook, or nil after an error.
func (p *Plane) put(h hook, index uint32, program *ebpf.Program, file string) (hook, error) {
	if isAt(h, index) {
		return h, h.replace(program)
	}
	if h != nil {
		if err := h.remove(); err != nil {
			return nil, err
		}
	}
	return p.hooks.attach(index, program, file)
}

func has(plan *plane.Plan, port link.Port) bool {
	return slices.ContainsFunc(plan.Members, func(m plane.Member) bool { return m.Port == port })
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
func (p *Plane) drop(h hook) error {
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
