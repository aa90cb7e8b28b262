//go:build linux

package main

// action is a kind of thing that the chaos does.
type action struct {
	name   string
	weight int
	plan   func(*planner) bool // false: what it needs is taken
}

// actions are all kinds, by what they are done to.
var actions = slicesOf(wireActions, memberActions, deviceActions, fileActions, processActions)

func slicesOf(groups ...[]action) (all []action) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}
