package bond

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
)

// OpenConfig selects the network interfaces that [Open] makes a bond of, and the device that
// it gives the host.
type OpenConfig struct {
	// Config is the configuration of the bond. Open makes its Device and calls it by its Name.
	Config

	// Interfaces are the names of the members. Their order is the order of the members for the
	// hash. Alternative names are allowed. The bond waits for an interface that does not
	// exist, or that is gone: the interface joins when it appears.
	Interfaces []string

	// NoDevice leaves the host without a device. The program sends and receives frames with
	// [Bond.Send] and [Bond.Receive].
	NoDevice bool

	// Queues is the number of queues of the device; see [netif.DeviceConfig].
	Queues int

	// Offload decides whether the host may pass large segments and unfinished checksums to the
	// device, which the members' drivers then finish.
	Offload OffloadMode

	// Receive selects the frames that the members are asked to receive: see [netif.Config].
	// The device filters these for itself; without a device [Bond.Receive] returns all of
	// them.
	Receive netif.ReceivePolicy

	// KeepDevice makes [Bond.Suspend] leave the device, without carrier, with its routes,
	// bridge and IP addresses, for the next Open with the same name in this namespace. If
	// there is no such Open, the device stays until [RemoveKeptDevices].
	KeepDevice bool

	// CarrierPoll, StateDir and AllowHostStack are those of [netif.Config].
	CarrierPoll    time.Duration
	StateDir       string
	AllowHostStack bool
}

// Open makes a bond of network interfaces and, unless NoDevice is set, a TAP device. The
// device has the bond's name, MAC address and MTU, and its carrier shows whether the bond
// carries data.
//
// While an interface is a member it belongs to the bond alone; see [netif.OpenLink]. If
// anything fails, Open undoes its changes. The error is a [*ConfigError] or a [*link.Error].
func Open(cfg OpenConfig) (*Bond, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ns, err := netif.CurrentNamespace()
	if err != nil {
		return nil, err
	}
	o := &interfaceOpener{cfg: cfg, ns: ns}
	b, err := o.openBond()
	if err != nil {
		return nil, errors.Join(err, ns.Close())
	}
	b.start()
	return b, nil
}

func (cfg *OpenConfig) check() error {
	if err := cfg.Config.check(); err != nil {
		return err
	}
	if cfg.Device != nil {
		return &ConfigError{"Device", cfg.Device.Name(), "none: Open makes it"}
	}
	if n := len(cfg.Interfaces); n > maxLinks {
		return &ConfigError{"Interfaces", strconv.Itoa(n) + " interfaces", "at most " + strconv.Itoa(maxLinks)}
	}
	for i, name := range cfg.Interfaces {
		if slices.Contains(cfg.Interfaces[:i], name) || name == cfg.Name {
			return &ConfigError{"Interfaces", name, "each interface once, and not the bond itself"}
		}
		if err := checkInterface(name); err != nil {
			return err
		}
	}
	return nil
}

// checkInterface rejects strings that can't be the name of an interface.
func checkInterface(name string) error {
	if name == "" || len(name) > maxInterfaceName {
		return &ConfigError{"Interfaces", name, "names of interfaces, 1 to 127 octets"}
	}
	return nil
}

// maxInterfaceName is the longest alternative name of an interface, in octets.
const maxInterfaceName = 127

// interfaceOpener opens network interfaces in the namespace where Open was called.
type interfaceOpener struct {
	cfg    OpenConfig
	ns     *netif.Namespace
	device link.Device // nil: none, or not yet
}

func (o *interfaceOpener) open(name string, now *Config) (l link.Port, err error) {
	err = o.ns.Do(func() (err error) {
		l, err = OpenLink(LinkConfig{Name: name, HardwareAddr: now.HardwareAddr, KeepAddr: now.MACPolicy == MACActive, MTU: now.MTU,
			Receive: o.cfg.Receive, CarrierPoll: o.cfg.CarrierPoll, StateDir: o.cfg.StateDir, AllowHostStack: o.cfg.AllowHostStack})
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := o.finishFrames(l); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// finishFrames makes the host pass on only finished frames if a member that joins now can't
// use others.
func (o *interfaceOpener) finishFrames(l link.Port) error {
	d, ok := o.device.(link.OffloadSetter)
	if !ok || o.cfg.Offload.allows([]link.Port{l}) {
		return nil
	}
	return d.SetOffload(false)
}

func (o *interfaceOpener) arrivals() <-chan struct{} {
	arrivals, err := o.ns.Arrivals()
	if err != nil {
		o.cfg.Logger.Error("new interfaces not noticed", "bond", o.cfg.Name, "error", err)
	}
	return arrivals
}

func (o *interfaceOpener) close() error { return o.ns.Close() }

// openBond makes the bond from the interfaces that exist. It does not start it.
func (o *interfaceOpener) openBond() (b *Bond, err error) {
	cfg := o.cfg
	var links []link.Port // includes a placeholder for each missing interface
	provisional := false
	defer func() {
		if err != nil {
			closeLinks(links)
			if cfg.Device != nil {
				_ = cfg.Device.Close() // the cause is returned
			}
		}
	}()
	for _, name := range cfg.Interfaces {
		l, err := o.open(name, &cfg.Config)
		if errors.Is(err, fs.ErrNotExist) {
			l, err = absent{name: name}, nil
		}
		if err != nil {
			return nil, err
		}
		links = append(links, l)
		// If no address is configured, the first member's own becomes the bond's, and all
		// members carry it.
		if _, missing := l.(absent); !missing && cfg.HardwareAddr == nil {
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
		cfg.Device, err = OpenDevice(DeviceConfig{Name: cfg.Name, HardwareAddr: cfg.HardwareAddr, MTU: cfg.MTU, Addresses: cfg.Addresses,
			Queues: cfg.Queues, NoOffload: !cfg.Offload.allows(links), Adopt: cfg.KeepDevice || cfg.Restore != nil, StateDir: cfg.StateDir})
		if err != nil {
			return nil, err
		}
	}
	if b, err = newBond(cfg.Config, links); err != nil {
		return nil, err
	}
	o.device = cfg.Device
	b.opener, b.provisional, b.keepDevice = o, provisional, cfg.KeepDevice
	for i, l := range links {
		w := b.want(cfg.Interfaces[i])
		if _, missing := l.(absent); missing {
			b.missing(time.Now(), w.name, fs.ErrNotExist)
		}
	}
	return b, nil
}

func closeLinks(links []link.Port) {
	for _, l := range links {
		if _, missing := l.(absent); l != nil && !missing {
			_ = l.Close()
		}
	}
}
