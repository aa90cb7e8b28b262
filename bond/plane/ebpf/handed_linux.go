package ebpf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
)

// The programs and maps of a bond are pinned, so they go on by themselves while a bond goes from one
// process to the next. What is left to hand over is the claim to the device.

const handedVersion = 1

// handedDevice is the state of a device on its way. Its descriptor is the claim.
type handedDevice struct {
	Version int              `json:"version"`
	Place   string           `json:"place"` // the network namespace
	Index   int32            `json:"index"`
	Addr    net.HardwareAddr `json:"addr"`
	MTU     int              `json:"mtu"`
	Carrier bool             `json:"carrier"`
	Addrs   []netip.Prefix   `json:"addrs,omitempty"`
	Routes  []link.Route     `json:"routes,omitempty"`
	Alias   string           `json:"alias,omitempty"`
	Offload bool             `json:"offload"`
}

// Pause does nothing: the device has no data here.
func (d *Device) Pause() error { return nil }

// Hand returns what another process needs to go on with the device. Close then leaves it.
func (d *Device) Hand() (h link.Handed, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return h, net.ErrClosed
	}
	f := &d.face
	h.State, err = json.Marshal(&handedDevice{Version: handedVersion, Place: d.ns.Key(), Index: d.pair.index, Addr: f.addr, MTU: f.mtu,
		Carrier: f.carrier, Addrs: f.addrs, Routes: f.routes, Alias: f.alias, Offload: f.offload})
	if err != nil {
		return link.Handed{}, d.error("hand over", err)
	}
	fd, err := d.pair.watch.Hand()
	if err != nil {
		return link.Handed{}, d.error("hand over", err)
	}
	h.Files = []int{fd}
	d.keep = true
	return h, nil
}

// Resume makes this process the owner of a device that came from another.
func (d *Device) Resume() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return net.ErrClosed
	}
	d.keep = false
	if err := d.pair.watch.Own(); err != nil {
		return d.error("resume", err)
	}
	return nil
}

// adopt goes on with the device of another process.
func (d *Device) adopt(h *link.Handed) error {
	if err := d.connect(); err != nil {
		return err
	}
	s := new(handedDevice)
	switch err := json.Unmarshal(h.State, s); {
	case err != nil:
		return fmt.Errorf("read the state of the process before: %w", err)
	case s.Version != handedVersion:
		return &link.Error{Name: d.name, Op: "take over from another process", Field: "version", Value: strconv.Itoa(s.Version), Allowed: strconv.Itoa(handedVersion)}
	case len(h.Files) != 1:
		return fmt.Errorf("%d descriptors, want 1", len(h.Files))
	case s.Place != d.ns.Key():
		return errors.New("it is in another network namespace than this process")
	}
	p, err := d.lookUpPair()
	if err != nil {
		return err
	}
	if p.index != s.Index {
		return fmt.Errorf("it is interface %d, want %d", p.index, s.Index)
	}
	if p.watch, err = d.ns.WatchHanded(int(p.index), d.name, h.Files[0]); err != nil {
		return err
	}
	p.adopted, d.keep = true, true
	d.face = face{addr: s.Addr, mtu: s.MTU, carrier: s.Carrier, addrs: slices.Clone(s.Addrs), routes: s.Routes, alias: s.Alias, offload: s.Offload}
	d.use(p)
	return nil
}

// Pause implements plane.Pauser. Frames go on through the kernel. Only a plane with [Config.Pins]
// can be handed over.
func (p *Plane) Pause() error {
	if p.cfg.Pins == "" {
		return fmt.Errorf("bond: pause a data plane that is not pinned: %w", errors.ErrUnsupported)
	}
	if p.maps == nil {
		p.heir, p.keep = true, true
	}
	return nil
}

// Resume implements plane.Pauser.
func (p *Plane) Resume() { p.keep, p.heir = false, false }
