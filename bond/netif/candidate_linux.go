package netif

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// CheckLink returns the error that [OpenLink] would return for an interface it refuses, and
// nil if it would try to take the interface over. It changes nothing.
func CheckLink(cfg Config) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ns, err := enterNamespace()
	if err != nil {
		return &link.Error{Name: cfg.Name, Op: "check", Err: err}
	}
	li, err := findMember(ns, &cfg)
	if err == nil {
		var owner *OwnedError
		if owner, err = ns.owner(claimMember, li.Index); err == nil && owner != nil {
			err = takenError(cfg.Name, owner)
		}
	}
	return errors.Join(err, ns.leave())
}

// findMember finds the interface and reports why it can't be a member. It changes nothing.
func findMember(ns *namespace, cfg *Config) (rtnl.Link, error) {
	li, err := findCandidate(ns, cfg)
	if err == nil {
		err = checkUppers(ns, cfg, li)
	}
	return li, err
}

// findCandidate is findMember, except that it does not look for interfaces on top of the one,
// which takes a list of all interfaces.
func findCandidate(ns *namespace, cfg *Config) (rtnl.Link, error) {
	if cfg.Name == "" || len(cfg.Name) > rtnl.MaxName {
		return rtnl.Link{}, refuseMember(cfg, fmt.Sprintf("1 to %d octets", rtnl.MaxName), nil)
	}
	li, err := ns.rt.LinkByName(cfg.Name)
	if errors.Is(err, unix.ENODEV) {
		return li, refuseMember(cfg, present(ns), errMissing)
	}
	if err != nil {
		return li, &link.Error{Name: cfg.Name, Op: "find", Err: err}
	}
	for _, check := range []func(*namespace, *Config, rtnl.Link) error{checkKind, checkUse, checkSettings} {
		if err := check(ns, cfg, li); err != nil {
			return li, err
		}
	}
	return li, nil
}

// refuseMember returns the error for an interface that can't be a member.
func refuseMember(cfg *Config, allowed string, err error) error {
	return &link.Error{Name: cfg.Name, Op: "use as a member", Field: "Name", Value: strconv.Quote(cfg.Name), Allowed: allowed, Err: err}
}

// plainError is an error of the kernel with a text that names the problem.
type plainError struct {
	words string
	err   error
}

func (e *plainError) Error() string { return e.words }
func (e *plainError) Unwrap() error { return e.err }

var errMissing = &plainError{"there is no such interface", unix.ENODEV}

// present lists the existing interfaces, for a user who has mistyped a name.
func present(ns *namespace) string {
	links, err := ns.rt.Links()
	if err != nil {
		return ""
	}
	links = slices.DeleteFunc(links, func(li rtnl.Link) bool { return li.Type != unix.ARPHRD_ETHER })
	if len(links) == 0 {
		return "this network namespace has no Ethernet interface"
	}
	const most = 16
	var names []string
	for i, li := range links {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(links)-most))
			break
		}
		name := li.Name
		if len(li.AltNames) > 0 {
			name += " (" + strings.Join(li.AltNames, ", ") + ")"
		}
		names = append(names, name)
	}
	return "the Ethernet interfaces here are " + strings.Join(names, ", ")
}

// checkKind refuses an interface that is not Ethernet.
func checkKind(_ *namespace, cfg *Config, li rtnl.Link) error {
	switch {
	case li.Flags&unix.IFF_LOOPBACK != 0:
		return refuseMember(cfg, "an Ethernet interface; this is the loopback interface", nil)
	case li.Type != unix.ARPHRD_ETHER:
		return refuseMember(cfg, fmt.Sprintf("an Ethernet interface; this one has hardware type %d", li.Type), nil)
	case !link.IsIndividual(permanentAddr(li)):
		return refuseMember(cfg, "an interface with a MAC address; this one has "+strconv.Quote(li.Addr.String()), nil)
	}
	return nil
}

// checkUse refuses an interface that belongs to another interface or program.
func checkUse(ns *namespace, cfg *Config, li rtnl.Link) error {
	device, err := ns.owner(claimDevice, li.Index)
	switch {
	case err != nil:
		return &link.Error{Name: cfg.Name, Op: "use as a member", Err: err}
	case device != nil:
		return refuseMember(cfg, "another interface than a bond's own device", device)
	case li.Master != 0 && !isOfBond(ns, li.Master):
		return refuseMember(cfg, fmt.Sprintf("an interface that is no port of another; this one belongs to %s: "+
			"take it out with: ip link set dev %s nomaster", masterName(ns, li.Master), li.Name), nil)
	case li.XDP != 0:
		return refuseMember(cfg, fmt.Sprintf("an interface without an XDP program, which takes frames before the bond; this one has program %d: "+
			"end what uses it, or remove it with: ip link set dev %s xdp off", li.XDP, li.Name), nil)
	}
	return nil
}

// isOfBond reports whether an interface that has ports is the device of a bond, perhaps left by a
// process that was killed. Its ports are claimed as long as the bond runs.
func isOfBond(ns *namespace, index uint32) bool {
	li, err := ns.rt.LinkByIndex(int32(index))
	return err == nil && li.Group == DeviceGroup
}

// checkUppers refuses an interface that has others on top. Those would get no frames, and no
// error either.
func checkUppers(ns *namespace, cfg *Config, li rtnl.Link) error {
	links, err := ns.rt.Links()
	if err != nil {
		return &link.Error{Name: cfg.Name, Op: "use as a member", Err: err}
	}
	for _, upper := range links {
		if !sitsOn(upper, li.Index) {
			continue
		}
		return refuseMember(cfg, fmt.Sprintf("an interface that no other sits on; the %s interface %s does, and would go dead: "+
			"delete it with: ip link del dev %s, and make it on the bond's device if it is needed", upper.Kind, upper.Name, upper.Name), nil)
	}
	if upper, ok := upperAway(ns, li.Index); ok {
		return refuseMember(cfg, fmt.Sprintf("an interface that no other sits on; the %s interface %s of another network namespace does, "+
			"and would go dead: end the container that has it, and make it on the bond's device", upper.Kind, upper.Name), nil)
	}
	return nil
}

// upperAway returns an interface of another network namespace, such as a container's, that
// sits on an interface of this one. Namespaces that the process may not enter are left out.
func upperAway(ns *namespace, index int32) (rtnl.Link, bool) {
	namespaces, err := ns.rt.Namespaces()
	if err != nil {
		return rtnl.Link{}, false
	}
	for _, other := range namespaces {
		links, err := ns.rt.LinksIn(other)
		if err != nil {
			continue
		}
		// Not earlier: listing gives this namespace a number if it has none.
		here, err := ns.rt.NamespaceNumber(ns.fd)
		if err != nil || here < 0 || here == other {
			continue
		}
		for _, li := range links {
			if li.LowerAway && li.LowerIn == here && li.Lower == index && !isCable(li) {
				return li, true
			}
		}
	}
	return rtnl.Link{}, false
}

// sitsOn reports whether upper sends through the interface with an index. The other end of a
// veth pair names its peer in the same way, but does not sit on it.
func sitsOn(upper rtnl.Link, index int32) bool {
	return upper.Lower == index && upper.Index != index && !upper.LowerAway && !isCable(upper)
}

func isCable(li rtnl.Link) bool {
	return li.Kind == "veth" || li.Kind == "vxcan" || li.Kind == "netkit"
}

// checkSettings refuses values that the interface can't have.
func checkSettings(_ *namespace, cfg *Config, li rtnl.Link) error {
	low, high := max(minMTU, int(li.MinMTU)), int(li.MaxMTU)
	refuse := func(field, value, allowed string) error {
		return &link.Error{Name: cfg.Name, Op: "use as a member", Field: field, Value: value, Allowed: allowed}
	}
	switch {
	case cfg.HardwareAddr != nil && !link.IsIndividual(cfg.HardwareAddr):
		return refuse("HardwareAddr", strconv.Quote(cfg.HardwareAddr.String()), "6 octets, neither a group address nor zero")
	case cfg.MTU != 0 && high == 0 && cfg.MTU < low:
		return refuse("MTU", strconv.Itoa(cfg.MTU), fmt.Sprintf("%d and more", low))
	case cfg.MTU != 0 && high != 0 && (cfg.MTU < low || cfg.MTU > high):
		return refuse("MTU", strconv.Itoa(cfg.MTU), fmt.Sprintf("%d to %d", low, high))
	}
	return nil
}

const minMTU = 68 // IPv4's minimum

func masterName(ns *namespace, index uint32) string {
	if li, err := ns.rt.LinkByIndex(int32(index)); err == nil {
		return li.Name
	}
	return "interface " + strconv.Itoa(int(index))
}
