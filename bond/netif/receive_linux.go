package netif

import (
	"net"
	"slices"
	"sync"

	"github.com/lagkit/lagkit/internal/afpacket"
)

// reception holds what a member's interface is asked to receive. All of it ends with the
// socket, also when the process is killed.
type reception struct {
	rx     *afpacket.Receiver
	policy ReceivePolicy

	mu      sync.Mutex
	bond    net.HardwareAddr // the bond's address
	station net.HardwareAddr // the address that was asked for; nil: none
	wide    []afpacket.Membership
}

// begin makes the requests of the policy. The interface has the address own.
func (r *reception) begin(own, bond net.HardwareAddr) error {
	for _, m := range r.policy.memberships() {
		if err := r.rx.Join(m); err != nil {
			return err
		}
		r.wide = append(r.wide, m)
	}
	return r.follow(own, bond)
}

// memberships returns those of a policy that do not depend on addresses.
func (p ReceivePolicy) memberships() []afpacket.Membership {
	if p == ReceiveAddressed {
		return []afpacket.Membership{afpacket.AllGroups}
	}
	return []afpacket.Membership{afpacket.AllGroups, afpacket.AllStations}
}

// end ends the requests. They end with the socket too, but the socket may last a moment longer
// than this process's descriptor: a program that is being started has a copy. If the interface
// is set down before that, the kernel leaves it promiscuous.
func (r *reception) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.station != nil {
		r.wide = append(r.wide, afpacket.Station(r.station))
	}
	for _, m := range r.wide {
		_ = r.rx.Leave(m) // fails only without the interface
	}
	r.wide, r.station = nil, nil
}

// follow asks for the frames to the bond's address, nil if that has not changed. The interface
// has the address own, nil if unknown. If both are the same follow does not ask, because asking
// makes an interface promiscuous that can't filter addresses.
func (r *reception) follow(own, bond net.HardwareAddr) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if bond != nil {
		r.bond = slices.Clone(bond)
	}
	station := r.bond
	if slices.Equal(own, station) {
		station = nil
	}
	if slices.Equal(station, r.station) {
		return nil
	}
	if station != nil {
		if err := r.rx.Join(afpacket.Station(station)); err != nil {
			return err
		}
	}
	before := r.station
	r.station = station
	if before == nil {
		return nil
	}
	return r.rx.Leave(afpacket.Station(before))
}
