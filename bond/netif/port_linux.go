package netif

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/lacp"
)

// Port is a Linux network interface that the bond speaks slow protocols on, and that the
// host goes on using.
type Port struct {
	name    string
	addr    net.HardwareAddr
	index   int32
	ns      *namespace
	claim   *claim
	watch   *watch
	control *afpacket.Control

	mu    sync.Mutex
	drops uint64 // that the sockets have reported so far

	once sync.Once
	err  error
}

// OpenPort opens an Ethernet interface of the calling thread's network namespace only for
// slow-protocols frames: to use LACP as a liveness probe, or with a data plane outside of this
// process. It changes nothing on the interface, and the host keeps using it with its addresses
// and its bridge. Only one program of this module can hold an interface at a time. OpenPort
// needs CAP_NET_RAW. Errors are of type [*link.Error].
func OpenPort(cfg PortConfig) (*Port, error) {
	p := &Port{name: cfg.Name}
	open := func(ns *namespace) error {
		p.ns = ns
		return p.open(&cfg)
	}
	if err := openInterface(&cfg.Name, open, p.release); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Port) open(cfg *PortConfig) error {
	li, err := p.ns.rt.LinkByName(cfg.Name)
	if errors.Is(err, unix.ENODEV) {
		return &link.Error{Name: cfg.Name, Op: "open", Field: "Name", Value: strconv.Quote(cfg.Name), Allowed: present(p.ns), Err: errMissing}
	}
	if err != nil {
		return err
	}
	if !link.IsIndividual(li.Addr) {
		return &link.Error{Name: cfg.Name, Op: "open", Field: "Name", Value: strconv.Quote(cfg.Name), Allowed: "an Ethernet interface with a MAC address"}
	}
	p.name, p.index = li.Name, li.Index
	if p.claim, err = p.ns.claim(claimMember, li.Index); err != nil {
		return takenError(p.name, err)
	}
	// The owner before may have restored the address meanwhile.
	if li, err = p.ns.rt.LinkByIndex(li.Index); err != nil {
		return err
	}
	p.addr = slices.Clone(li.Addr)
	if p.control, err = afpacket.OpenControl(li.Index); err != nil {
		return err
	}
	mon, err := p.ns.monitor()
	if err != nil {
		return err
	}
	p.watch, err = mon.add(li.Index, p.name, cfg.CarrierPoll, nil)
	return err
}

// release undoes open, however far it came.
func (p *Port) release() error {
	var errs []error
	if p.watch != nil {
		p.ns.mon.remove(p.watch)
	}
	if p.control != nil {
		errs = append(errs, p.control.Close())
	}
	return errors.Join(append(errs, p.claim.release(), p.ns.leave())...)
}

// Name returns the name the interface had when it was opened.
func (p *Port) Name() string { return p.name }

// HardwareAddr returns the address the interface had when it was opened.
func (p *Port) HardwareAddr() net.HardwareAddr { return slices.Clone(p.addr) }

// Index returns the interface's index.
func (p *Port) Index() int { return int(p.index) }

// ReadControl receives one slow-protocols frame.
func (p *Port) ReadControl(buf []byte) (int, error) { return p.control.Read(buf) }

// WriteControl sends one slow-protocols frame.
func (p *Port) WriteControl(frame []byte) error { return p.control.Write(frame) }

// SetPartner has LACPDUs from this source address queued apart from other slow-protocols
// frames, in the kernel too.
func (p *Port) SetPartner(source lacp.MAC) error { return p.control.SetPartner(source) }

// Watch makes report the function that gets the port's state.
func (p *Port) Watch(report func(link.State)) { p.watch.reports.Watch(report) }

// Stats returns the counters.
func (p *Port) Stats() link.Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drops += p.control.Drops()
	return link.Stats{ControlDrops: p.drops, TaggedSlow: p.control.Tagged()}
}

// Close ends all calls. The interface is as it was.
func (p *Port) Close() error {
	p.once.Do(func() {
		if err := p.release(); err != nil {
			p.err = &link.Error{Name: p.name, Op: "close", Err: err}
		}
	})
	return p.err
}
