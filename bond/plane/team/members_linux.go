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

// join makes the ports of an image ports of the team, and adds them to have. It returns them.
// Ports that don't send may be gone: their links report that.
func (p *Plane) join(have, want *image) (added []uint32, err error) {
	for _, index := range slices.Sorted(maps.Keys(want.ports)) {
		if _, there := have.ports[index]; there {
			continue
		}
		if err := p.enter(index); err != nil {
			if gone(err) && !want.sends(index) {
				delete(want.ports, index)
				continue
			}
			return nil, err
		}
		now := use{receive: true, send: true} // the driver enables a port when it joins
		if !want.sends(index) {
			if err := p.set(portChanges(index, now, use{}, false, want.twoWay)); err != nil {
				return nil, errors.Join(err, p.leave(index))
			}
			now = use{}
		}
		have.ports[index] = now
		added = append(added, index)
	}
	return added, nil
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
	if _, known := p.wasUp[index]; !known { // otherwise the team was deleted, which has set the port down
		p.wasUp[index] = up
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
	up, known := p.wasUp[index]
	up = up || !known // an earlier process found it
	delete(p.wasUp, index)
	li, err := p.rt.LinkByIndex(int32(index))
	if gone(err) {
		return nil
	}
	if err == nil && li.Master != 0 && li.Master == uint32(p.team()) {
		err = p.rt.SetMaster(int32(index), 0)
	} else if li.Master != 0 {
		return nil // another program's by now
	}
	if err == nil && up {
		err = p.rt.SetUp(int32(index), true)
	}
	if err != nil && !gone(err) {
		return &link.Error{Name: nameOr(li.Name, index), Op: "leave team", Err: err}
	}
	return nil
}

// setAddrs gives ports the bond's MAC address, unless it is zero. Not all modes of the driver do
// that.
func (p *Plane) setAddrs(ports []uint32, mac lacp.MAC) error {
	if mac == (lacp.MAC{}) {
		return nil
	}
	for _, index := range ports {
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
		p.readMember(p.rt, p.members[port])
		counters := p.MemberCounters(port)
		p.mu.Lock()
		delete(p.members, port)
		p.mu.Unlock()
		p.host.MemberReleased(port, counters)
	}
}
