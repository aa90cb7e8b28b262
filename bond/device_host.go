package bond

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/allowed"
)

// hostSide is what the host has on the device: IP addresses, routes over it, a remark.
type hostSide struct {
	addrs  []netip.Prefix
	routes []link.Route
	remark string
}

func hostSideOf(c *Config) hostSide { return hostSide{c.Addresses, c.Routes, c.Description} }

// setHostSide sets addresses and routes, the addresses first: a route needs the network of its
// gateway.
func setHostSide(d link.Face, h hostSide) error {
	if err := d.SetAddresses(h.addrs); err != nil {
		return err
	}
	return setRoutes(d, h.routes)
}

func setRoutes(d link.Face, routes []link.Route) error {
	if r, ok := d.(link.RouteSetter); ok {
		return r.SetRoutes(routes)
	}
	if len(routes) > 0 {
		return allowed.Refuse("Routes", routes[0].String(), "none: the device can't have routes")
	}
	return nil
}

// describe replaces one remark by another. It leaves a remark of another program alone.
func describe(d link.Face, before, after string) error {
	if r, ok := d.(link.Describer); ok && before != after {
		return r.SetDescription(after)
	}
	return nil
}

// changeHostSide sets the new addresses, routes and remark. On failure they are as before. If
// addresses and routes stay the same, it restores those that another program has removed; a failure
// is then only noted, because that program may have moved them to another interface, and it is no
// reason to reject a Set that is about something else.
func (b *Bond) changeHostSide(before, after hostSide) error {
	if slices.Equal(before.addrs, after.addrs) && slices.Equal(before.routes, after.routes) {
		b.putBackHostSide(after)
		return describe(b.device, before.remark, after.remark)
	}
	err := setHostSide(b.device, after)
	if err == nil {
		err = describe(b.device, before.remark, after.remark)
	}
	if err != nil {
		err = errors.Join(err, setHostSide(b.device, before))
	}
	return err
}

func (b *Bond) putBackHostSide(h hostSide) {
	for _, part := range []struct {
		what string
		set  func() error
	}{
		{"addresses", func() error { return b.device.SetAddresses(h.addrs) }},
		{"routes", func() error { return setRoutes(b.device, h.routes) }},
	} {
		if err := part.set(); err != nil {
			b.do(func() { b.noteDevice(part.what+" not put back", err) })
		}
	}
}

// hostSideAfterDown restores what the kernel removes from an interface that is set down. It runs on
// the worker and excludes Set meanwhile.
func (b *Bond) hostSideAfterDown() {
	b.setting.Lock()
	defer b.setting.Unlock()
	var h hostSide
	if b.do(func() { h = hostSideOf(&b.cfg) }) {
		b.putBackHostSide(h)
	}
}
