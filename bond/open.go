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

// OpenConfig says which network interfaces [Open] makes a bond of, and what it
// gives the host.
type OpenConfig struct {
	// Config is the bond's. Its Device is made by Open; Name names it.
	Config

	// Interfaces are the names of the members, also alternative names, in the order in
	// which the hash numbers them. One that does not exist is waited for: it joins
	// when it appears. So does one that is gone and comes back.
	Interfaces []string

	// NoDevice leaves the host without a device: frames are sent and received
	// by [Bond.Send] and [Bond.Receive].
	NoDevice bool

	// Queues is the number of queues of the device; see [netif.DeviceConfig].
	Queues int

	// Offload says whether the host may hand the device large segments and
	// unfinished checksums, which the members' drivers then finish.
	Offload OffloadMode

	// Receive says which frames the members are asked to receive: see
	// [netif.Config]. A device gets of them what it wants itself; without one
	// [Bond.Receive] returns all.
	Receive netif.ReceivePolicy

	// KeepDevice has [Bond.Suspend] leave the device, without carrier, with its routes,
	// bridge and IP addresses, to the Open of the same name that follows in this namespace.
	// If none comes, the device stays until [RemoveKeptDevices].
	KeepDevice bool

	// CarrierPoll, StateDir and AllowHostStack are those of [netif.Config].
	CarrierPoll    time.Duration
	StateDir       string
	AllowHostStack bool
}

// Open makes a bond of network interfaces, and unless NoDevice is set a TAP
// device of the bond's name, with the bond's MAC address and MTU, whose carrier
// says whether the bond carries data.
//
// While it is a member an interface belongs to the bond alone; see [netif.OpenLink].
// If anything fails nothing stays changed. The error is a [*ConfigError] or a
// [*link.Error].
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

// checkInterface refuses what can't be the name of an interface.
func checkInterface(name string) error {
	if name == "" || len(name) > maxInterfaceName {
		return &ConfigError{"Interfaces", name, "names of interfaces, 1 to 127 octets"}
	}
	return nil
}

// maxInterfaceName is the longest alternative name of an interface, in octets.
const maxInterfaceName = 127

// interfaceOpener opens network interfaces in the namespace where the bond was opened.
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

// finishFrames has the host hand over finished frames if a member that joins now can't use
// others.
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
		o.cfg.Logger.Error("arrivals of interfaces are not noticed", "bond", o.cfg.Name, "error", err)
	}
	return arrivals
}

func (o *interfaceOpener) close() error { return o.ns.Close() }

// openBond makes the bond, which is not started yet, of the interfaces that are there.
func (o *interfaceOpener) openBond() (b *Bond, err error) {
	cfg := o.cfg
	var links []link.Port // with a place for each interface that is missing
	provisional := false
	defer func() {
		if err != nil {
			closeLinks(links)
			if cfg.Device != nil {
				cfg.Device.Close()
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
		// Without an address for the bond the first member's own becomes it, and
		// all carry it.
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
