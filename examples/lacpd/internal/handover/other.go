//go:build !linux

package handover

import (
	"context"
	"errors"
	"net"
)

// Meeting is where a successor waits. It does not exist outside Linux.
type Meeting struct{}

// NewMeeting fails outside Linux: the error is [errors.ErrUnsupported].
func NewMeeting() (*Meeting, error) { return nil, errors.ErrUnsupported }

// Address returns "".
func (m *Meeting) Address() string { return "" }

// Accept fails outside Linux.
func (m *Meeting) Accept(context.Context) (*net.UnixConn, error) { return nil, errors.ErrUnsupported }

// Close does nothing.
func (m *Meeting) Close() error { return nil }

// Meet fails outside Linux: the error is [errors.ErrUnsupported].
func Meet(context.Context, string) (*net.UnixConn, error) { return nil, errors.ErrUnsupported }

// Send fails outside Linux.
func Send(*net.UnixConn, *Offer, []int) error { return errors.ErrUnsupported }

// Receive fails outside Linux.
func Receive(*net.UnixConn) (*Offer, []int, error) { return nil, nil, errors.ErrUnsupported }

// CloseFiles does nothing outside Linux.
func CloseFiles([]int) {}

// ErrNoStore is returned without a service manager.
var ErrNoStore = errors.New("handover: no service manager")

// HasStore returns false outside Linux.
func HasStore() bool { return false }

// Store fails outside Linux.
func Store(*Offer, []int) error { return errors.ErrUnsupported }

// Stock is what the service manager has kept of the process before.
type Stock struct {
	Offer *Offer
	Files []int
}

// Stored returns nothing outside Linux.
func Stored() (*Stock, error) { return nil, nil }

// Close does nothing outside Linux.
func (s *Stock) Close() error { return nil }
