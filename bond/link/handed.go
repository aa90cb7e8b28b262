package link

import (
	"errors"
	"os"
)

// ErrPaused is returned by the reading calls of a port or a device that is paused: see [Hander].
var ErrPaused = errors.New("bond: reading is paused")

// Handed is a port, a device or a whole bond on its way to another process: descriptors, and the
// state that belongs to them. The descriptors are copies, so that the process that made it can
// still go on with its own.
type Handed struct {
	// State describes the rest. Only the package that made it reads it.
	State []byte

	// Files are the descriptors. They are close-on-exec. The other process needs them in the
	// same order. Each process closes its own: see Close.
	Files []int
}

// Close closes the descriptors.
func (h *Handed) Close() error {
	var errs []error
	for _, fd := range h.Files {
		errs = append(errs, os.NewFile(uintptr(fd), "handed").Close())
	}
	h.Files = nil
	return errors.Join(errs...)
}

// Hander is a [Port] or [Device] that can go to another process without any change of its
// interface. The bond uses it for a successor of this process. Without it the bond can't be handed
// over.
type Hander interface {
	// Pause makes ReadControl and Read, also calls that wait, return ErrPaused, until Resume. What
	// they have not returned stays queued.
	Pause() error

	// Hand returns what the successor needs. It is called after Pause, once all reading calls
	// have returned. Close then leaves the interface to the successor; after Resume it does not.
	Hand() (Handed, error)

	// Resume ends Pause. A port or device that a successor has opened is paused; Resume makes it
	// the successor's.
	Resume() error
}
