//go:build linux

package main

import "slices"

// action is one kind of thing that the chaos can do.
type action struct {
	name   string
	weight int
	plan   func(*planner) bool // false: the parts that it needs are taken
}

// actions are all kinds that every kernel supports, grouped by their target.
var actions = slices.Concat(wireActions, memberActions, deviceActions, fileActions, processActions)
