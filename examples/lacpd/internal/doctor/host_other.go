//go:build !linux

package doctor

import "runtime"

// Look looks at the host.
func Look() *Host { return &Host{Unseen: []string{"the host: lacpd knows no " + runtime.GOOS}} }
