package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// host is what lacpd needs of the machine. Tests give their own.
type host struct {
	// linkType returns the hardware type of an interface (ARPHRD of Linux,
	// 1 is Ethernet) and whether it is a loopback.
	linkType func(name string) (typ int, loopback bool, err error)
	open     func(bond.OpenConfig) (liveBond, error)
	restore  func(stateDir string) error
}

// liveBond is a bond that runs.
type liveBond interface {
	Status() bond.Status
	Set(change func(*bond.Config)) error
	AddInterface(name string) error
	RemoveMember(name string) error
	Suspend(context.Context) (lacp.Saved, error)
	Close() error
}

var realHost = host{
	linkType: linkType,
	open: func(cfg bond.OpenConfig) (liveBond, error) {
		b, err := bond.Open(cfg)
		if err != nil {
			return nil, err
		}
		return b, nil
	},
	restore: bond.Restore,
}

const ethernet = 1 // ARPHRD_ETHER

const maxPorts = 256

// checkBonds refuses bonds that contradict each other or the host.
func (r *configReader) checkBonds(bonds []bondConfig, h host) {
	names := make(map[string]int)   // bond name to line
	members := make(map[string]int) // interface to line
	addresses := make(map[netip.Addr]int)
	for i := range bonds {
		b := &bonds[i]
		if b.Name == "" {
			continue
		}
		if before, ok := names[b.Name]; ok {
			r.refuse(b.at.name, "name", b.Name, "each name once, it is taken on line "+strconv.Itoa(before))
		} else {
			names[b.Name] = b.at.name
		}
	}
	for i := range bonds {
		b := &bonds[i]
		if len(b.Ports) > maxPorts {
			r.refuse(b.at.ports[maxPorts], "ports", strconv.Itoa(len(b.Ports))+" interfaces", "1 to "+strconv.Itoa(maxPorts))
		}
		for j, name := range b.Ports {
			at := b.at.ports[j]
			_, isBond := names[name]
			before, taken := members[name]
			switch {
			case name == b.Name:
				r.refuse(at, "ports", name, "an interface other than the bond itself")
			case isBond:
				r.refuse(at, "ports", name, "an Ethernet interface, no bond")
			case taken:
				r.refuse(at, "ports", name, "each interface once, it is a port on line "+strconv.Itoa(before))
			default:
				r.checkInterface(at, name, h)
			}
			if !taken {
				members[name] = at
			}
		}
		if b.Primary != "" && !slices.Contains(b.Ports, b.Primary) {
			r.refuse(b.at.primary, "primary", b.Primary, "one of the bond's ports")
		}
		if b.MaxLinks > 0 && b.MinLinks > b.MaxLinks {
			r.refuse(b.at.bond, "min_links", strconv.Itoa(b.MinLinks), "at most max_links, "+strconv.Itoa(b.MaxLinks))
		}
		for j, p := range b.Addresses {
			at := b.at.addresses[j]
			if before, ok := addresses[p.Addr()]; ok {
				r.refuse(at, "addresses", p.String(), "each address once, it is given on line "+strconv.Itoa(before))
				continue
			}
			addresses[p.Addr()] = at
		}
	}
}

func (r *configReader) checkInterface(at int, name string, h host) {
	typ, loopback, err := h.linkType(name)
	switch {
	case errors.Is(err, errNoInterface):
		r.refuse(at, "ports", name, "an interface that exists")
	case err != nil:
		r.refuse(at, "ports", name, "an interface that can be looked up ("+err.Error()+")")
	case loopback:
		r.refuse(at, "ports", name, "an Ethernet interface, not the loopback")
	case typ != ethernet:
		r.refuse(at, "ports", name, fmt.Sprintf("an Ethernet interface, this one is of hardware type %d", typ))
	}
}

var errNoInterface = errors.New("no such interface")

func linkType(name string) (typ int, loopback bool, err error) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		// The net package has no value of its own for this.
		all, listErr := net.Interfaces()
		if listErr != nil {
			return 0, false, listErr
		}
		for _, i := range all {
			if i.Name == name {
				return 0, false, err
			}
		}
		return 0, false, errNoInterface
	}
	typ, err = hardwareType(ifi)
	return typ, ifi.Flags&net.FlagLoopback != 0, err
}

// runCheck is the command check.
func runCheck(o options, h host, stdout, stderr io.Writer) int {
	bonds, err := loadConfig(o.config, h)
	if err != nil {
		return refused(stderr, err)
	}
	for _, b := range bonds {
		fmt.Fprintf(stdout, "%s: ok, %d ports\n", b.Name, len(b.Ports))
	}
	return exitOK
}

// refused reports a configuration that can't be used. The lines of a file's
// problems stand alone, as editors read them.
func refused(stderr io.Writer, err error) int {
	var fe *fileError
	if errors.As(err, &fe) {
		fmt.Fprintln(stderr, fe)
	} else {
		fmt.Fprintf(stderr, "lacpd: configuration: %v\n", err)
	}
	return exitUsage
}
