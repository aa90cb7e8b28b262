// Package steps makes a change of several steps: all of them, or none.
package steps

import (
	"errors"
	"slices"
)

// Step is one part of a change, and how to undo it.
type Step struct {
	Do, Undo func() error
	Took     func() // records that Do has succeeded: see [Take]; nil: there is nothing to record
	done     bool   // Do has succeeded
}

// Run executes steps until one fails, and then undoes those before it.
func Run(list []Step) error {
	for i := range list {
		if err := list[i].Do(); err != nil {
			return errors.Join(err, Undo(list[:i]))
		}
		list[i].done = true
	}
	return nil
}

// RunAll executes all steps, even if some fail.
func RunAll(list []Step) (err error) {
	for i := range list {
		e := list[i].Do()
		list[i].done = e == nil
		err = errors.Join(err, e)
	}
	return err
}

// Undo undoes steps that were done, the last one first.
func Undo(list []Step) (err error) {
	for _, s := range slices.Backward(list) {
		err = errors.Join(err, s.Undo())
	}
	return err
}

// Take records the steps that were done.
func Take(list []Step) {
	for _, s := range list {
		if s.done && s.Took != nil {
			s.Took()
		}
	}
}
