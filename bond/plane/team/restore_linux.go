package team

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
	"github.com/lagkit/lagkit/lacp"
)

// Drifted returns a channel that gets a value after events of the driver, and after changes of a
// port's membership or MAC address.
func (p *Plane) Drifted() <-chan struct{} { return p.drift.hints }

// Restore sets again what another program has changed about the team, and reports it to the host. A
// port that is another interface's port by now has failed. It waits for the kernel like Apply.
func (p *Plane) Restore() error {
	if p.plan == nil || p.deviceGone() {
		return nil
	}
	have, err := p.read()
	if err != nil {
		return err
	}
	want, err := compile(p.plan, have.twoWay)
	if err != nil {
		return err
	}
	links, err := p.links(want)
	if err != nil || len(links) < len(want.ports) {
		return err // the link of a port that is gone reports that
	}
	what := p.differences(have, want, links)
	if len(what) == 0 || p.failTaken(links) {
		return nil // without a port that has failed there will be another plan
	}
	p.have = nil // until all is done
	if err := p.carryOut(have, want, p.plan.MAC); err != nil {
		return err
	}
	if err := p.setAddrs(slices.Collect(maps.Keys(want.ports)), p.plan.MAC); err != nil {
		return err
	}
	if report := p.host.Restored; report != nil {
		report("another program changed " + strings.Join(what, ", "))
	}
	return nil
}

// links returns the links of an image's ports that exist, by interface index.
func (p *Plane) links(want *image) (map[uint32]rtnl.Link, error) {
	links := make(map[uint32]rtnl.Link)
	for index := range want.ports {
		li, err := p.rt.LinkByIndex(int32(index))
		switch {
		case err == nil:
			links[index] = li
		case !gone(err):
			return nil, &link.Error{Name: nameOr("", index), Op: "read", Err: err}
		}
	}
	return links, nil
}

// differences names what differs between the present state and the one that is wanted.
func (p *Plane) differences(have, want *image, links map[uint32]rtnl.Link) (what []string) {
	if have.mode != want.mode {
		what = append(what, "mode to "+have.mode)
	}
	for _, index := range slices.Sorted(maps.Keys(want.ports)) {
		switch li := links[index]; {
		case have.mode != want.mode: // no port stays
		case !has(have, index):
			what = append(what, li.Name+" to no port")
		case p.strange(li):
			what = append(what, fmt.Sprintf("MAC address of %s to %s", li.Name, li.Addr))
		}
	}
	for index := range have.ports {
		if index != 0 && !has(want, index) {
			what = append(what, fmt.Sprintf("interface %d to a port", index))
		}
	}
	if have.mode != want.mode {
		return what
	}
	for _, o := range changes(have, want) {
		text := "option " + o.name
		if o.port != 0 {
			if !has(have, o.port) {
				continue
			}
			text += " of " + links[o.port].Name
		}
		if !slices.Contains(what, text) {
			what = append(what, text)
		}
	}
	return what
}

func has(img *image, index uint32) bool { _, ok := img.ports[index]; return ok }

// failTaken reports the members that are ports of another interface as failed, and whether there are
// any.
func (p *Plane) failTaken(links map[uint32]rtnl.Link) (some bool) {
	for port, m := range p.membersNow() {
		li, known := links[m.index]
		if known && li.Master != 0 && li.Master != uint32(p.team()) {
			some = true
			p.host.MemberFailed(port, fmt.Errorf("another program made it a port of interface %d", li.Master))
		}
	}
	return some
}

// strange reports whether a link is a member that is no port of the team, or has another MAC address
// than the bond's.
func (p *Plane) strange(li rtnl.Link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.plan == nil {
		return false
	}
	for _, m := range p.members {
		if m.index == uint32(li.Index) {
			foreign := p.plan.MAC != (lacp.MAC{}) && !slices.Equal(li.Addr, p.plan.MAC[:])
			return li.Master != uint32(p.team()) || foreign
		}
	}
	return false
}

// membersNow returns the members.
func (p *Plane) membersNow() map[link.Port]*member {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.members)
}
