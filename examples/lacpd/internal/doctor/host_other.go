//go:build !linux

package doctor

import (
	"runtime"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// Look looks at the host.
func Look() *Host { return &Host{Unseen: []string{"the host: lacpd knows no " + runtime.GOOS}} }

// Probe asks nothing.
func Probe(*view.Status, *Host) {}
