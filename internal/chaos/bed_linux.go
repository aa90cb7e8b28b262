package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// bed is everything that a run needs: our lacpd in the namespace near, the partner in far, the
// cables between them in mid, and the namespace away for interfaces that are moved.
type bed struct {
	near, mid, far, away *namespace

	cables    []*cable
	lastIndex int // the highest interface index given

	dir     string                  // for all files
	keep    bool                    // remove does not delete dir
	program string                  // lacpd
	config  config                  // of our lacpd
	lacpd   atomic.Pointer[process] // the running process, or the last one
	partner partner

	every  time.Duration // between two frames of a flow
	ledger *ledger
	model  *model
}

func (b *bed) path(name string) string { return filepath.Join(b.dir, name) }

// settings are the settings of a run.
type settings struct {
	seed    uint64
	length  time.Duration
	lagkit  bool // the partner is a second lacpd; otherwise Open vSwitch
	members int
	program string        // lacpd
	full    bool          // the kernel has netem, police and VLANs
	every   time.Duration // between two frames of a flow
	verbose bool
	keep    bool // keep the logs of a run that fails
}

// newBed makes the namespaces and cables. Nothing runs yet.
func newBed(s settings) (b *bed, err error) {
	b = &bed{program: s.program, every: s.every, lastIndex: 1000, ledger: &ledger{start: time.Now()}, model: newModel(s.members)}
	if b.dir, err = os.MkdirTemp("", "lagchaos"); err != nil {
		return nil, err
	}
	for _, n := range []**namespace{&b.near, &b.mid, &b.far, &b.away} {
		if *n, err = newNamespace(); err != nil {
			return b, err
		}
	}
	for _, n := range []*namespace{b.near, b.far} {
		for path, value := range hostSettings {
			if err := n.sysctl(path, value); err != nil {
				return b, err
			}
		}
	}
	if err := errors.Join(b.mid.ip("link add %s type veth peer name %s2", sinkName, sinkName), b.mid.ip("link set dev %s up", sinkName)); err != nil {
		return b, err
	}
	for i := range s.members {
		c := &cable{bed: b, i: i}
		b.cables = append(b.cables, c)
		if err := c.lay(); err != nil {
			return b, fmt.Errorf("cable %d: %w", i, err)
		}
	}
	b.config = newConfig("p", s.members, ourIP)
	if s.lagkit {
		b.partner = &lagkit{bed: b}
	} else {
		b.partner = &openVSwitch{bed: b}
	}
	return b, nil
}

// hostSettings keep each host from answering for the addresses of its other interfaces.
var hostSettings = map[string]string{
	"ipv4/conf/all/arp_ignore":   "1",
	"ipv4/conf/all/arp_announce": "2",
	"ipv4/conf/all/rp_filter":    "0",
}

// start starts both ends.
func (b *bed) start() error {
	return errors.Join(b.writeConfig(b.config.text()), b.partner.start(), b.startLacpd())
}

// remove ends the processes and removes everything.
func (b *bed) remove() {
	killIfLeft(b.lacpd.Load())
	if b.partner != nil {
		b.partner.abandon()
	}
	for _, c := range b.cables {
		for _, t := range c.tap {
			if t != nil {
				_ = t.file.Close()
			}
		}
	}
	for _, n := range []*namespace{b.near, b.mid, b.far, b.away} {
		if n != nil {
			n.close()
		}
	}
	if !b.keep {
		_ = os.RemoveAll(b.dir)
	}
}
