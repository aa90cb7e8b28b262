package netif

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// findMember finds the interface and says why it can't be a member. It changes
// nothing.
func findMember(ns *namespace, cfg *Config) (rtnl.Link, error) {
	refuse := func(field, value, allowed string) (rtnl.Link, error) {
		return rtnl.Link{}, &link.Error{Name: cfg.Name, Op: "use as a member", Field: field, Value: value, Allowed: allowed}
	}
	if cfg.Name == "" || len(cfg.Name) >= unix.IFNAMSIZ {
		return refuse("Name", strconv.Quote(cfg.Name), "1 to 15 octets")
	}
	li, err := ns.rt.LinkByName(cfg.Name)
	if errors.Is(err, unix.ENODEV) {
		return li, &link.Error{Name: cfg.Name, Op: "use as a member", Field: "Name", Value: strconv.Quote(cfg.Name),
			Allowed: "an interface that exists", Err: err}
	}
	if err != nil {
		return li, &link.Error{Name: cfg.Name, Op: "find", Err: err}
	}
	switch {
	case li.Flags&unix.IFF_LOOPBACK != 0:
		return refuse("Name", strconv.Quote(cfg.Name), "an Ethernet interface; this is the loopback interface")
	case li.Type != unix.ARPHRD_ETHER:
		return refuse("Name", strconv.Quote(cfg.Name), fmt.Sprintf("an Ethernet interface; this one has hardware type %d", li.Type))
	case !link.IsIndividual(permanentAddr(li)):
		return refuse("Name", strconv.Quote(cfg.Name), "an interface with a MAC address; this one has "+strconv.Quote(li.Addr.String()))
	case li.Master != 0:
		return refuse("Name", strconv.Quote(cfg.Name), "an interface that is no port of another; this one belongs to "+masterName(ns, li.Master))
	case devices.has(ns.inode, li.Index):
		return refuse("Name", strconv.Quote(cfg.Name), "another interface than a bond's own device")
	case cfg.HardwareAddr != nil && !link.IsIndividual(cfg.HardwareAddr):
		return refuse("HardwareAddr", strconv.Quote(cfg.HardwareAddr.String()), "6 octets, neither a group address nor zero")
	case cfg.MTU != 0 && (cfg.MTU < int(li.MinMTU) || cfg.MTU < 68 || li.MaxMTU != 0 && cfg.MTU > int(li.MaxMTU)):
		return refuse("MTU", strconv.Itoa(cfg.MTU), fmt.Sprintf("%d to %d", max(68, li.MinMTU), li.MaxMTU))
	}
	return li, nil
}

func masterName(ns *namespace, index uint32) string {
	if li, err := ns.rt.LinkByIndex(int32(index)); err == nil {
		return li.Name
	}
	return "interface " + strconv.Itoa(int(index))
}

// deviceSet knows the devices this process has made.
type deviceSet struct {
	mu  sync.Mutex
	set map[deviceKey]struct{}
}

type deviceKey struct {
	namespace uint64
	index     int32
}

var devices deviceSet

func (d *deviceSet) add(namespace uint64, index int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.set == nil {
		d.set = make(map[deviceKey]struct{})
	}
	d.set[deviceKey{namespace, index}] = struct{}{}
}

func (d *deviceSet) remove(namespace uint64, index int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.set, deviceKey{namespace, index})
}

func (d *deviceSet) has(namespace uint64, index int32) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.set[deviceKey{namespace, index}]
	return ok
}
