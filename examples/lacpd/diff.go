package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

var diffCommand = command{
	name: "diff", args: "FILE", least: 1, most: 1,
	brief: "shows what another file would change",
	help: "prints what apply, or a reload of FILE, would do to the running bonds, and whether traffic would be touched. It changes nothing. " +
		"Exit status: 0 nothing differs, 1 something differs, 2 an error.",
	keys: true,
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return runDiff(ctx, c, args[0], stdout, stderr)
	}),
}

const exitDiffers = 1

// runDiff runs the command diff and returns the exit status.
func runDiff(ctx context.Context, c *client, file string, stdout, stderr io.Writer) int {
	args, err := readArgs(file)
	if err != nil {
		return refused(stderr, err)
	}
	r, _ := request[diffResult](ctx, c, stdout, stderr, "diff", args)
	if r == nil {
		return exitUsage
	}
	if c.json {
		writeJSON(stdout, stderr, r)
	} else {
		fmt.Fprint(stdout, changesText(r.Changes)+sectionText(r.Chassis))
	}
	if len(r.Changes)+len(r.Chassis) > 0 {
		return exitDiffers
	}
	return exitOK
}

// diffResult is the result of diff.
type diffResult struct {
	Changes  []bondChange        `json:"changes"`
	Warnings []control.Problem   `json:"warnings"`
	Chassis  []config.Difference `json:"chassis"` // of the section; nothing changes before lacpd starts again
}

// bondChange is what another configuration would do to a bond.
type bondChange struct {
	Bond    string              `json:"bond"`
	Action  string              `json:"action"` // add, remove, reopen or change
	Added   []string            `json:"members_added"`
	Removed []string            `json:"members_removed"`
	Keys    []config.Difference `json:"keys"`
	Traffic config.Effect       `json:"traffic"` // the worst of all
}

// The actions of a bondChange.
const (
	actionAdd    = "add"
	actionRemove = "remove"
	actionReopen = "reopen"
	actionChange = "change"
)

func changesText(changes []bondChange) string {
	var b strings.Builder
	for i := range changes {
		c := &changes[i]
		what := map[string]string{actionAdd: "is new", actionRemove: "goes", actionReopen: "is closed and opened again", actionChange: "changes"}[c.Action]
		fmt.Fprintf(&b, "%s: %s, traffic: %s\n", c.Bond, what, c.Traffic)
		for _, m := range c.Added {
			fmt.Fprintf(&b, "  + member %s\n", m)
		}
		for _, m := range c.Removed {
			fmt.Fprintf(&b, "  - member %s\n", m)
		}
		for _, k := range c.Keys {
			fmt.Fprintf(&b, "  %s\n", differenceText(&k))
		}
	}
	return b.String()
}

func differenceText(k *config.Difference) string {
	show := func(value string) string {
		if value == "" {
			return "nothing"
		}
		return value
	}
	s := k.Key + " from " + show(k.From) + " to " + show(k.To)
	switch k.Effect {
	case config.EffectNone:
		return s
	case config.EffectLater:
		return s + " (not before lacpd starts again)"
	}
	return s + " (traffic: " + string(k.Effect) + ")"
}

// diff carries out the command diff.
func (d *daemon) diff(_ *control.Call, args *applyArgs) (any, error) {
	f := d.checkText(args)
	if err := refusal("configuration", f.Problems); err != nil {
		return nil, err
	}
	return diffResult{d.changes(f.Bonds), warnings(f.Problems), d.sectionChanges(f)}, nil
}

// sectionChanges returns what another configuration would change of the section chassis.
func (d *daemon) sectionChanges(f *config.File) []config.Difference {
	return append([]config.Difference{}, config.DiffChassis(d.section(), f.Chassis)...)
}

// sectionText returns the changes of the section chassis in lines.
func sectionText(changes []config.Difference) string {
	if len(changes) == 0 {
		return ""
	}
	text := "chassis: changes when lacpd starts again\n"
	for i := range changes {
		text += "  " + differenceText(&changes[i]) + "\n"
	}
	return text
}

// changes returns what other bonds would change.
func (d *daemon) changes(next []config.Bond) []bondChange {
	list := []bondChange{}
	now, links := d.list(), d.links()
	for i := range next {
		j := slices.IndexFunc(now, func(m managed) bool { return m.cfg.Name == next[i].Name })
		if j < 0 {
			list = append(list, bondChange{next[i].Name, actionAdd, next[i].Ports, []string{}, []config.Difference{}, config.EffectNone})
		} else if c := d.changeOf(&now[j], &next[i], links); c != nil {
			list = append(list, *c)
		}
	}
	for _, m := range now {
		if !slices.ContainsFunc(next, func(b config.Bond) bool { return b.Name == m.cfg.Name }) {
			list = append(list, bondChange{m.cfg.Name, actionRemove, []string{}, m.cfg.Ports, []config.Difference{}, config.EffectInterrupts})
		}
	}
	return list
}

// changeOf returns what another configuration would change of a bond, or nil.
func (d *daemon) changeOf(m *managed, next *config.Bond, links hostLinks) *bondChange {
	c := bondChange{next.Name, actionChange, []string{}, []string{}, config.Diff(&m.cfg, next), config.EffectNone}
	if c.Keys == nil {
		c.Keys = []config.Difference{}
	}
	has := func(list []string, port string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return links.same(p, port) })
	}
	for _, port := range next.Ports {
		if !has(m.cfg.Ports, port) || has(m.out, port) {
			c.Added = append(c.Added, port)
		}
	}
	for _, port := range m.cfg.Ports {
		if !has(next.Ports, port) && !has(m.out, port) {
			c.Removed = append(c.Removed, port)
		}
	}
	if len(c.Added)+len(c.Removed) > 0 {
		c.Traffic = config.EffectFlows
	}
	for _, k := range c.Keys {
		c.Traffic = config.Worse(c.Traffic, k.Effect)
	}
	if p, err := choosePlane(next, d.host.kernels()); m.live == nil {
		c.Action, c.Traffic = actionReopen, config.EffectNone // it carries none now
	} else if err == nil && p.Name != m.plane.Name || m.lag.Name != next.LAG.Name || m.lag.All != next.LAG.All {
		c.Action, c.Traffic = actionReopen, config.EffectInterrupts
	}
	if c.Action == actionChange && len(c.Added)+len(c.Removed)+len(c.Keys) == 0 {
		return nil
	}
	return &c
}
