package team

import (
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// join makes the ports of an image ports of the team, those that send first, and adds them to
// have. Ports that don't send may be gone: their links report that.
func (p *Plane) join(have, want *image) error {
	added := slices.DeleteFunc(slices.Sorted(maps.Keys(want.ports)), func(index uint32) bool {
		_, there := have.ports[index]
		return there
	})
	slices.SortStableFunc(added, func(a, b uint32) int {
		switch {
		case want.ports[a].send == want.ports[b].send:
			return 0
		case want.ports[a].send:
			return -1
		}
		return 1
	})
	for _, index := range added {
		if err := p.enter(index); err != nil {
			if gone(err) && !want.ports[index].send {
				delete(want.ports, index)
				continue
			}
			return err
		}
		// The driver enables a port when it joins.
		joined := use{receive: true, send: true}
		if err := p.set(portChanges(index, joined, want.ports[index], false, want.twoWay)); err != nil {
			return errors.Join(err, p.leave(index))
		}
		have.ports[index] = want.ports[index]
	}
	return nil
}

// enter makes an interface a port of the team. The driver takes only interfaces that are down,
// and sets them up.
func (p *Plane) enter(index uint32) error {
	li, err := p.rt.LinkByIndex(int32(index))
	fail := func(err error) error { return &link.Error{Name: nameOr(li.Name, index), Op: "join team", Err: err} }
	if err != nil {
		return fail(err)
	}
	if li.Master != 0 && li.Master != uint32(p.team()) {
		return &link.Error{Name: li.Name, Op: "join team", Field: "Master", Value: strconv.Itoa(int(li.Master)),
			Allowed: "none: take it out with: ip link set dev " + li.Name + " nomaster"}
	}
	up := li.Flags&unix.IFF_UP != 0
	if up {
		if err := p.rt.SetUp(int32(index), false); err != nil {
			return fail(err)
		}
	}
	if err := p.rt.SetMaster(int32(index), uint32(p.team())); err != nil {
		if up {
			err = errors.Join(err, p.rt.SetUp(int32(index), true))
		}
		return fail(err)
	}
	if !up {
		p.down[index] = true
	}
	return nil
}

func nameOr(name string, index uint32) string {
	if name == "" {
		return "with index " + strconv.Itoa(int(index))
	}
	return name
}

// leave takes a port out of the team, if it is in it. The driver gives it back the MAC address
// and the MTU that it had, and sets it down.
func (p *Plane) leave(index uint32) error {
	down := p.down[index]
	delete(p.down, index)
	li, err := p.rt.LinkByIndex(int32(index))
	if gone(err) {
		return nil
	}
	if err == nil && li.Master != 0 && li.Master == uint32(p.team()) {
		err = p.rt.SetMaster(int32(index), 0)
	} else if li.Master != 0 {
		return nil // another program's by now
	}
	if err == nil && !down {
		err = p.rt.SetUp(int32(index), true)
	}
	if err != nil && !gone(err) {
		return &link.Error{Name: nameOr(li.Name, index), Op: "leave team", Err: err}
	}
	return nil
}

// setAddrs gives the ports the bond's MAC address, unless it is zero. Not all modes of the driver
// do that. A port whose owner sets its address is left to the owner.
func (p *Plane) setAddrs(img *image, mac lacp.MAC) error {
	if mac == (lacp.MAC{}) {
		return nil
	}
	for index := range img.ports {
		li, err := p.rt.LinkByIndex(int32(index))
		if err == nil && !slices.Equal(li.Addr, net.HardwareAddr(mac[:])) {
			err = p.rt.SetAddr(int32(index), mac[:])
		}
		if err != nil && !gone(err) {
			return &link.Error{Name: nameOr(li.Name, index), Op: "set MAC address", Err: err}
		}
	}
	return nil
}

// release reports the members that the next plan does not have.
func (p *Plane) release(next *plane.Plan) {
	p.mu.Lock()
	var left []link.Port
	for port := range p.members {
		if !slices.ContainsFunc(next.Members, func(m plane.Member) bool { return m.Port == port }) {
			left = append(left, port)
		}
	}
	p.mu.Unlock()
	for _, port := range left {
		counters := p.MemberCounters(port)
		p.mu.Lock()
		delete(p.members, port)
		p.mu.Unlock()
		p.host.MemberReleased(port, counters)
	}
}
