package netif

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"net"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// StableAddr returns a locally administered MAC address for a bond that has no member yet. The
// first address for a name is random. The same name in the calling thread's network namespace
// then has the same address as long as the files in stateDir (empty means [DefaultStateDir])
// stay.
func StableAddr(stateDir, name string) (net.HardwareAddr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fail := func(err error) error { return &link.Error{Name: name, Op: "keep a MAC address for it", Err: err} }
	if name == "" || len(name) >= unix.IFNAMSIZ || strings.ContainsRune(name, '/') {
		return nil, &link.Error{Name: name, Op: "keep a MAC address for it", Field: "Name", Value: strconv.Quote(name),
			Allowed: "1 to 15 octets without a slash"}
	}
	ns, err := enterNamespace()
	if err != nil {
		return nil, fail(err)
	}
	addr, err := stableAddr(ns, stateDir, name)
	if err = errors.Join(err, ns.leave()); err != nil {
		return nil, fail(err)
	}
	return addr, nil
}

func stableAddr(ns *namespace, stateDir, name string) (net.HardwareAddr, error) {
	store, err := openState(stateDir)
	if err != nil {
		return nil, err
	}
	defer store.close()
	file := "address-" + recordKey(ns.cookie, ns.inode) + "-" + name
	b, err := store.readFile(file)
	switch {
	case err == nil:
		if addr, err := net.ParseMAC(strings.TrimSpace(string(b))); err == nil && link.IsIndividual(addr) {
			return addr, nil
		}
		// A crash cut the file off, or it was edited. Another address does no harm.
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	addr := make(net.HardwareAddr, 6)
	_, _ = rand.Read(addr) // never fails
	addr[0] = addr[0]&^1 | 2
	if err := store.writeFile(file, []byte(addr.String())); err != nil {
		return nil, err
	}
	return addr, nil
}
