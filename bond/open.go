package bond

import (
	"errors"
	"io/fs"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/hostside"
)

// Open makes a bond of network interfaces and, unless NoDevice is set, a TAP device. The
// device has the bond's name, MAC address and MTU, and its carrier shows whether the bond
// carries data.
//
// While an interface is a member it belongs to the bond alone; see [netif.OpenLink]. If
// anything fails, Open undoes its changes. A bond that another process hands over is paused until
// [Bond.Resume]. The error is a [*ConfigError] or a [*link.Error].
func Open(cfg OpenConfig) (*Bond, error) {
	if err := allowed.Open(&cfg); err != nil {
		return nil, err
	}
	if cfg.Opener == nil {
		ns, err := netif.CurrentNamespace()
		if err != nil {
			return nil, err
		}
		cfg.Opener = ns
	}
	o := &opener{Opener: cfg.Opener, cfg: cfg}
	begin := o.bond
	if cfg.Handed != nil {
		begin = o.handed
	}
	b, err := begin()
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	if cfg.Handed == nil {
		b.start()
	}
	return b, nil
}

// bond makes the bond from the interfaces that exist. It does not start it.
func (o *opener) bond() (b *Bond, err error) {
	cfg := o.cfg
	var links []link.Port // includes a placeholder for each missing interface
	provisional := false
	defer func() {
		if err != nil {
			closeLinks(links, cfg.Device)
		}
	}()
	for _, name := range cfg.Interfaces {
		l, err := o.member(name, &cfg.Config)
		if errors.Is(err, fs.ErrNotExist) {
			l, err = absent{name: name}, nil
		}
		if err != nil {
			return nil, err
		}
		links = append(links, l)
		// If no address is configured, the first member's own becomes the bond's, and all
		// members carry it.
		if !isAbsent(l) && cfg.HardwareAddr == nil {
			cfg.HardwareAddr = l.HardwareAddr()
		}
	}
	if cfg.HardwareAddr == nil {
		provisional = true
		if cfg.HardwareAddr, err = netif.StableAddr(cfg.StateDir, cfg.Name); err != nil {
			return nil, err
		}
	}
	if !cfg.NoDevice {
		cfg.Device, err = o.OpenDevice(netif.DeviceConfig{Name: cfg.Name, HardwareAddr: cfg.HardwareAddr, MTU: cfg.MTU, Addresses: cfg.Addresses,
			Queues: cfg.Queues, NoOffload: !allowed.Unfinished(cfg.Offload, links), Adopt: cfg.KeepDevice || cfg.Restore != nil, StateDir: cfg.StateDir})
		if err != nil {
			return nil, err
		}
		if err = hostside.Of(&cfg.Config).Begin(cfg.Device); err != nil {
			return nil, err
		}
	}
	if b, err = newBond(cfg.Config, links, nil); err != nil {
		return nil, err
	}
	o.device = cfg.Device
	b.opener, b.provisional, b.keepDevice = o, provisional, cfg.KeepDevice
	for _, l := range links {
		b.want(l)
	}
	return b, nil
}
