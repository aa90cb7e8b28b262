//go:build !linux

package netif

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"runtime"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// Link is a network interface as a member. None can be opened outside Linux.
type Link struct{ link.Link }

// Member is a network interface as a member of a plane in the kernel. None can be opened outside
// Linux.
type Member struct{ link.Port }

// Device is a TAP device. None can be made outside Linux.
type Device struct{ link.Device }

// Port is a network interface for slow-protocols frames. None can be opened outside Linux.
type Port struct{ link.Port }

// OpenPort opens a network interface for slow-protocols frames alone. It exists only on
// Linux; elsewhere the error is [errors.ErrUnsupported].
func OpenPort(cfg PortConfig) (*Port, error) {
	return nil, &link.Error{Name: cfg.Name, Op: "open", Err: unsupported()}
}

// OpenLink opens a network interface as a member link. It exists only on Linux;
// elsewhere the error is [errors.ErrUnsupported].
func OpenLink(cfg Config) (*Link, error) {
	return nil, &link.Error{Name: cfg.Name, Op: "open", Err: unsupported()}
}

// OpenMember opens a network interface as a member for a plane in the kernel. It exists only on
// Linux; elsewhere the error is [errors.ErrUnsupported].
func OpenMember(cfg Config) (*Member, error) {
	return nil, &link.Error{Name: cfg.Name, Op: "open", Err: unsupported()}
}

// CheckLink reports whether OpenLink would refuse an interface. It does, outside Linux.
func CheckLink(cfg Config) error {
	return &link.Error{Name: cfg.Name, Op: "check", Err: unsupported()}
}

// OpenDevice makes a TAP device. It exists only on Linux; elsewhere the error is
// [errors.ErrUnsupported].
func OpenDevice(cfg DeviceConfig) (*Device, error) {
	return nil, &link.Error{Name: cfg.Name, Op: "open", Err: unsupported()}
}

// Restore restores interfaces that a dead process left as members. Outside Linux it does
// nothing.
func Restore(stateDir string, except ...string) error { return nil }

// Namespace is a network namespace. None exists outside Linux.
type Namespace struct{}

// CurrentNamespace fails outside Linux: the error is [errors.ErrUnsupported].
func CurrentNamespace() (*Namespace, error) { return nil, unsupported() }

// Key returns "".
func (n *Namespace) Key() string { return "" }

// Do calls fn.
func (n *Namespace) Do(fn func() error) error { return fn() }

// Arrivals fails outside Linux.
func (n *Namespace) Arrivals() (<-chan struct{}, error) { return nil, unsupported() }

// Close does nothing.
func (n *Namespace) Close() error { return nil }

// RemoveKept removes devices that were kept for a next start. Outside Linux it does nothing.
func RemoveKept(stateDir string) error { return nil }

// StableAddr returns a MAC address for a bond without a member. It exists only on Linux;
// elsewhere the error is [errors.ErrUnsupported].
func StableAddr(stateDir, name string) (net.HardwareAddr, error) {
	return nil, &link.Error{Name: name, Op: "keep a MAC address for it", Err: unsupported()}
}

// Watchdog is a process that takes the carrier of members away. None can be started outside Linux.
type Watchdog struct{}

// StartWatchdog fails outside Linux: the error is [errors.ErrUnsupported].
func StartWatchdog(*exec.Cmd) (*Watchdog, error) { return nil, unsupported() }

// Guard fails.
func (w *Watchdog) Guard(names ...string) error { return unsupported() }

// Alive fails.
func (w *Watchdog) Alive() error { return unsupported() }

// Close does nothing.
func (w *Watchdog) Close() error { return nil }

// GuardMembers fails outside Linux: the error is [errors.ErrUnsupported].
func GuardMembers(orders io.Reader, answers io.Writer, patience time.Duration) (down []string, err error) {
	return nil, unsupported()
}

func unsupported() error {
	return fmt.Errorf("network interfaces on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
