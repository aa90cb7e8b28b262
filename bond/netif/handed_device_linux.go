package netif

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
)

// handedDevice is the state of a device on its way. Its descriptors are the claim and the queues.
type handedDevice struct {
	Version   int              `json:"version"`
	Place     identity         `json:"place"`
	Name      string           `json:"name"`
	Addr      net.HardwareAddr `json:"addr"`
	MTU       int              `json:"mtu"`
	Carrier   bool             `json:"carrier"`
	Speed     uint32           `json:"speed"` // Mb/s
	Addrs     []netip.Prefix   `json:"addrs,omitempty"`
	Routes    []link.Route     `json:"routes,omitempty"`
	Alias     string           `json:"alias,omitempty"`
	NoOffload bool             `json:"no_offload,omitempty"`
}

// Pause makes Read return [link.ErrPaused] until Resume. Without an interface the device can't be
// paused.
func (d *Device) Pause() error {
	return d.whole("pause", func(t *tap) error {
		for _, q := range t.queues {
			q.Pause()
		}
		return nil
	})
}

// Resume ends Pause. It makes this process the owner of a device that came from another.
func (d *Device) Resume() error {
	return d.whole("resume", func(t *tap) error {
		for _, q := range t.queues {
			q.Resume()
		}
		return t.claim.own()
	})
}

// Hand returns what another process needs to go on with the device, which stays as long as a
// process has one of these descriptors.
func (d *Device) Hand() (h link.Handed, err error) {
	err = d.whole("hand over", func(t *tap) error {
		h, err = d.hand(t)
		return err
	})
	return h, err
}

// whole calls f unless the device is closed or has no interface.
func (d *Device) whole(op string, f func(*tap) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return net.ErrClosed
	}
	t, err := d.tap.Load(), error(unix.ENODEV)
	if !t.gone.Load() {
		err = f(t)
	}
	if err != nil {
		return &link.Error{Name: d.cfg.Name, Op: op, Err: err}
	}
	return nil
}

func (d *Device) hand(t *tap) (h link.Handed, err error) {
	f := &d.face
	h.State, err = json.Marshal(&handedDevice{Version: handedVersion, Place: d.ns.place(t.index), Name: t.name, Addr: f.addr, MTU: f.mtu,
		Carrier: f.carrier, Speed: f.speed, Addrs: f.addrs, Routes: f.routes, Alias: f.alias, NoOffload: d.cfg.NoOffload})
	if err != nil {
		return link.Handed{}, err
	}
	give := func(fd int, failed error) {
		if failed == nil {
			h.Files = append(h.Files, fd)
		}
		err = errors.Join(err, failed)
	}
	give(t.claim.hand())
	for _, q := range t.queues {
		give(q.Hand())
	}
	if err != nil {
		afpacket.CloseFDs(h.Files)
		return link.Handed{}, err
	}
	return h, nil
}

// adopt goes on with the device of another process. It is paused.
func (d *Device) adopt(h *link.Handed) (err error) {
	s := new(handedDevice)
	if err := unmarshalHanded(h, s, func() int { return s.Version }); err != nil {
		return err
	}
	switch {
	case len(h.Files) < 2 || len(h.Files) > 257:
		return fmt.Errorf("%d descriptors, want 2 to 257", len(h.Files))
	case s.Name != d.cfg.Name:
		return &link.Error{Name: d.cfg.Name, Op: "take over from another process", Field: "Name", Value: strconv.Quote(s.Name), Allowed: strconv.Quote(d.cfg.Name)}
	}
	if err := d.ns.checkPlace(s.Place); err != nil {
		return err
	}
	d.cfg.Queues, d.cfg.NoOffload, d.cfg.MTU, d.cfg.HardwareAddr, d.cfg.Addresses = len(h.Files)-1, s.NoOffload, s.MTU, s.Addr, s.Addrs
	d.face = face{addr: s.Addr, mtu: s.MTU, carrier: s.Carrier, speed: s.Speed, addrs: slices.Clone(s.Addrs), routes: s.Routes, alias: s.Alias}
	t := &tap{name: s.Name, index: s.Place.Index, replaced: make(chan struct{})}
	defer func() {
		if err != nil {
			t.discard()
		}
	}()
	for _, fd := range h.Files[1:] {
		q, name, err := afpacket.AdoptTAP(fd)
		if err != nil {
			return err
		}
		t.queues = append(t.queues, q)
		if li, err := d.ns.rt.LinkByIndex(t.index); err != nil || li.Name != name {
			return errors.Join(fmt.Errorf("descriptor of the TAP device %s, want that of interface %d", name, t.index), err)
		}
	}
	if t.claim, err = adoptClaim(claimDevice, t.index, h.Files[0]); err != nil {
		return err
	}
	if err := d.watch(t); err != nil {
		return err
	}
	d.use(t)
	return nil
}
