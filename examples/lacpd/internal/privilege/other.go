//go:build !linux

package privilege

import "errors"

// Check returns nil. Opening a bond finds out what the system refuses.
func Check() error { return nil }

// Drop changes nothing and reports that.
func Drop(Limits) (Report, error) {
	return Report{Missing: []error{errors.New("privileges: only Linux has these limits")}}, nil
}
