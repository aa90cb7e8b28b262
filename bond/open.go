package bond

import (
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

	// Interfaces are the names of the members, in the order in which the hash
	// numbers them.
	Interfaces []string

	// NoDevice leaves the host without a device: frames are sent and received
	// by [Bond.Send] and [Bond.Receive].
	NoDevice bool

	// Queues is the number of queues of the device; see [netif.DeviceConfig].
	Queues int

	// Offload says whether the host may hand the device large segments and
	// unfinished checksums, which the members' drivers then finish.
	Offload OffloadMode

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
	if err := cfg.Config.check(); err != nil {
		return nil, err
	}
	if cfg.Device != nil {
		return nil, &ConfigError{"Device", cfg.Device.Name(), "none: Open makes it"}
	}
	if n := len(cfg.Interfaces); n == 0 || n > maxLinks {
		return nil, &ConfigError{"Interfaces", strconv.Itoa(n) + " interfaces", "1 to " + strconv.Itoa(maxLinks)}
	}
	for i, name := range cfg.Interfaces {
		if slices.Contains(cfg.Interfaces[:i], name) || name == cfg.Name {
			return nil, &ConfigError{"Interfaces", name, "each interface once, and not the bond itself"}
		}
	}
	links, err := openLinks(&cfg)
	if err != nil {
		return nil, err
	}
	if !cfg.NoDevice {
		cfg.Device, err = OpenDevice(netif.DeviceConfig{Name: cfg.Name, HardwareAddr: cfg.HardwareAddr, MTU: cfg.MTU, Addresses: cfg.Addresses, Queues: cfg.Queues, NoOffload: !cfg.Offload.allows(links),
			Adopt: cfg.KeepDevice || cfg.Restore != nil, StateDir: cfg.StateDir})
		if err != nil {
			closeLinks(links)
			return nil, err
		}
	}
	// What opens a further member, with the settings of then.
	open := func(name string, now *Config) (link.Link, error) {
		return OpenLink(netif.Config{Name: name, HardwareAddr: now.HardwareAddr, KeepAddr: now.MACPolicy == MACActive, MTU: now.MTU,
			CarrierPoll: cfg.CarrierPoll, StateDir: cfg.StateDir, AllowHostStack: cfg.AllowHostStack})
	}
	b, err := start(cfg.Config, open, links)
	if err == nil {
		b.keepDevice = cfg.KeepDevice
	}
	return b, err
}

// openLinks opens the members. Without an address for the bond the first one's
// own becomes it, and all carry it.
func openLinks(cfg *OpenConfig) ([]link.Link, error) {
	var links []link.Link
	for _, name := range cfg.Interfaces {
		l, err := OpenLink(netif.Config{
			Name: name, HardwareAddr: cfg.HardwareAddr, KeepAddr: cfg.MACPolicy == MACActive, MTU: cfg.MTU,
			CarrierPoll: cfg.CarrierPoll, StateDir: cfg.StateDir, AllowHostStack: cfg.AllowHostStack,
		})
		if err != nil {
			closeLinks(links)
			return nil, err
		}
		links = append(links, l)
		if cfg.HardwareAddr == nil {
			cfg.HardwareAddr = l.HardwareAddr()
		}
	}
	return links, nil
}

func closeLinks(links []link.Link) {
	for _, l := range links {
		l.Close()
	}
}
