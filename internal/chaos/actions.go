//go:build linux

package main

import "slices"

// action is a kind of thing that the chaos does.
type action struct {
	name   string
	weight int
	plan   func(*planner) bool // false: what it needs is taken
}

// actions are all kinds that every kernel takes, by what they are done to.
var actions = slices.Concat(wireActions, memberActions, deviceActions, fileActions, processActions)
