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
}

// begin makes the requests of the policy. The interface has the address own.
func (r *reception) begin(own, bond net.HardwareAddr) error {
	if r.policy == ReceiveAll {
		if err := r.rx.Join(afpacket.AllStations); err != nil {
			return err
		}
	}
	if err := r.rx.Join(afpacket.AllGroups); err != nil {
		return err
	}
	return r.follow(own, bond)
}

// follow asks for the frames to the bond's address, nil if that has not changed. The interface
// has the address own, nil if unknown. If both are the same follow does not ask. Asking makes an
// interface promiscuous that can't filter addresses, and the kernel forgets to take that back if
// the interface is set down soon after the request has ended.
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
