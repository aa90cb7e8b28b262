package netif

import (
	"errors"
	"net"
	"slices"

	"golang.org/x/sys/unix"
)

// receptionFlags are the flags of an interface that make it receive more than what is for it.
const receptionFlags = unix.IFF_PROMISC | unix.IFF_ALLMULTI

// flags returns those that a policy asks for.
func (p ReceivePolicy) flags() uint32 {
	if p == ReceiveAddressed {
		return unix.IFF_ALLMULTI
	}
	return unix.IFF_PROMISC | unix.IFF_ALLMULTI
}

// settings makes an interface receive frames by its own settings, which the record has. They
// last until the interface is restored.
type settings struct {
	taken  *takeover
	policy ReceivePolicy
	bond   net.HardwareAddr
}

// follow makes the bond's address the only other one that the interface accepts, unless it is
// its own. Promiscuity includes it, but an adapter may refuse that.
func (s *settings) follow(own, bond net.HardwareAddr) error {
	if bond != nil {
		s.bond = slices.Clone(bond)
	}
	var want []string
	if !slices.Equal(own, s.bond) {
		want = []string{s.bond.String()}
	}
	err := s.taken.setStations(want)
	if s.policy == ReceiveAll && (errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL)) {
		return nil // an interface without a list of addresses
	}
	return err
}

// ask gives the interface the flags in the record.
func (t *takeover) ask() error {
	if t.rec.Asked == 0 {
		return nil
	}
	return t.ns.rt.SetFlags(t.rec.Index, t.rec.Asked, t.rec.Asked)
}

// setStations makes the interface accept frames to exactly these addresses besides its own. The
// record has each address for as long as the interface may accept it.
func (t *takeover) setStations(want []string) error {
	var errs []error
	for _, addr := range want {
		if !slices.Contains(t.rec.Stations, addr) {
			errs = append(errs, t.addStation(addr))
		}
	}
	for _, addr := range slices.Clone(t.rec.Stations) {
		if slices.Contains(want, addr) {
			continue
		}
		err := deleteStation(t.ns, t.rec.Index, addr)
		if err == nil {
			err = t.forgetStation(addr)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (t *takeover) addStation(addr string) error {
	mac, err := net.ParseMAC(addr)
	if err != nil {
		return err
	}
	if err := t.save(func() { t.rec.Stations = append(t.rec.Stations, addr) }); err != nil {
		return err
	}
	err = t.ns.rt.AddStation(t.rec.Index, mac)
	if err == nil {
		return nil
	}
	undo := t.forgetStation(addr)
	if errors.Is(err, unix.EEXIST) {
		return undo // another program has added it, and is to remove it
	}
	return errors.Join(err, undo)
}

func (t *takeover) forgetStation(addr string) error {
	return t.save(func() {
		t.rec.Stations = slices.DeleteFunc(t.rec.Stations, func(a string) bool { return a == addr })
	})
}

// deleteStation makes an interface no longer accept frames to an address.
func deleteStation(ns *namespace, index int32, addr string) error {
	mac, err := net.ParseMAC(addr)
	if err != nil {
		return err
	}
	if err := ns.rt.DeleteStation(index, mac); err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	return nil
}

// restoreReception takes from the interface the flags and addresses that it was given.
func (w *restoration) restoreReception() {
	if given := w.Asked &^ w.Flags; given&w.link.Flags != 0 {
		w.check("reception", w.ns.rt.SetFlags(w.Index, 0, given))
	}
	for _, addr := range w.Stations {
		w.check("MAC addresses", deleteStation(w.ns, w.Index, addr))
	}
}
