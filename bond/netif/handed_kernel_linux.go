package netif

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/lagkit/lagkit/bond/link"
)

// The kernel carries the frames of a [KernelDevice], so what goes to another process is the claim
// and what was last set.

// handedKernelDevice is the state of such a device on its way. Its descriptor is the claim.
type handedKernelDevice struct {
	Version int              `json:"version"`
	Place   identity         `json:"place"`
	Addr    net.HardwareAddr `json:"addr"`
	MTU     int              `json:"mtu"`
	Carrier bool             `json:"carrier"`
	Addrs   []netip.Prefix   `json:"addrs,omitempty"`
	Routes  []link.Route     `json:"routes,omitempty"`
	Alias   string           `json:"alias,omitempty"`
}

// Pause does nothing: no frames pass through this process.
func (d *KernelDevice) Pause() error { return nil }

// Hand returns what another process needs to go on with the device. Close then leaves it.
func (d *KernelDevice) Hand() (h link.Handed, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return h, net.ErrClosed
	}
	f := &d.face
	h.State, err = json.Marshal(&handedKernelDevice{Version: handedVersion, Place: d.ns.ns.place(int32(d.made.index)), Addr: f.addr, MTU: f.mtu,
		Carrier: f.carrier, Addrs: f.addrs, Routes: f.routes, Alias: f.alias})
	if err != nil {
		return link.Handed{}, d.error("hand over", err)
	}
	fd, err := d.made.watch.claim.hand()
	if err != nil {
		return link.Handed{}, d.error("hand over", err)
	}
	h.Files, d.keep = []int{fd}, true
	return h, nil
}

// Resume makes this process the owner of a device that came from another.
func (d *KernelDevice) Resume() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return net.ErrClosed
	}
	d.keep = false
	if err := d.made.watch.claim.own(); err != nil {
		return d.error("resume", err)
	}
	return nil
}

// takeHanded goes on with the device of another process.
func (d *KernelDevice) takeHanded(h *link.Handed) error {
	s := new(handedKernelDevice)
	if err := unmarshalHanded(h, s, func() int { return s.Version }); err != nil {
		return err
	}
	if len(h.Files) != 1 {
		return fmt.Errorf("%d descriptors, want 1", len(h.Files))
	}
	if err := d.ns.ns.checkPlace(s.Place); err != nil {
		return err
	}
	index, err := d.driver.Find(d.name)
	if err == nil && index != int(s.Place.Index) {
		err = errors.New("another interface has its name")
	}
	if err != nil {
		return err
	}
	m := &made{index: index, adopted: true, replaced: make(chan struct{})}
	if m.watch, err = d.ns.watchHanded(index, d.name, h.Files[0]); err != nil {
		return err
	}
	d.keep = true
	d.face = face{addr: s.Addr, mtu: s.MTU, carrier: s.Carrier, addrs: slices.Clone(s.Addrs), routes: s.Routes, alias: s.Alias}
	d.use(m)
	return nil
}
