package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// commands returns what clients of the socket can ask for.
func (d *daemon) commands() []control.Command {
	return []control.Command{
		{Name: "status", Run: func(context.Context, *control.Call) (any, error) { return d.view(), nil }},
		d.successorCommand(),
		{Name: "history", Run: d.history},
		{Name: "explain", Run: d.explain},
		{Name: "watch", Watch: d.watch},
		direct("diff", false, d.diff),
		direct("drain", true, d.drain),
		direct("gate", true, d.gate),
		change(d, "add", d.addPort),
		change(d, "remove", d.removePort),
		change(d, "set", d.setKeys),
		change(d, "apply", d.applyText),
		change(d, "confirm", d.confirm),
		change(d, "rollback", d.rollBackNow),
		change(d, "prepare", d.prepare),
		lagCommand("chassis-handover", d.handOverLAG),
		lagCommand("chassis-ready", d.readyLAG),
		lagCommand("chassis-permit", d.permitLAG),
		lagCommand("chassis-stop", d.stopLAG),
	}
}

// find returns a bond of the file.
func (d *daemon) find(name string) (managed, error) {
	bonds := d.list()
	for _, m := range bonds {
		if m.cfg.Name == name {
			return m, nil
		}
	}
	return managed{}, control.Refused("bond", name, managedNames(bonds))
}

// managedNames returns the names of bonds as in "bond0, bond1".
func managedNames(bonds []managed) string {
	var names []string
	for i := range bonds {
		names = append(names, bonds[i].cfg.Name)
	}
	return listed(names, "bonds")
}

// listed returns names as in "eth0, eth1", or that there are no such things.
func listed(names []string, things string) string {
	if len(names) == 0 {
		return "nothing, there are no " + things
	}
	return strings.Join(names, ", ")
}

// findRunning returns a bond that is open.
func (d *daemon) findRunning(name string) (managed, error) {
	m, err := d.find(name)
	if err == nil && m.live == nil {
		why := "lacpd opens it just now"
		if m.fault != nil {
			why = m.fault.err.Error()
		}
		err = control.Refused("bond", name, "a bond that is open; this one is not: "+why)
	}
	return m, err
}

// findMember returns the bond that has a member, and the member's name there. Without the name
// of the bond it looks at all bonds.
func (d *daemon) findMember(bondName, member string) (m managed, name string, err error) {
	bonds := d.list()
	if bondName != "" {
		if m, err = d.findRunning(bondName); err != nil {
			return m, "", err
		}
		bonds = []managed{m}
	}
	links := d.links()
	var names []string
	for _, m := range bonds {
		if m.live == nil {
			continue
		}
		st := m.live.Status()
		if name, ok := nameIn(&st, member, links); ok {
			return m, name, nil
		}
		names = append(names, memberNames(&st)...)
	}
	return managed{}, "", control.Refused("member", member, listed(names, "members"))
}

// findPresent is findMember for a member that is there, and not one that the bond waits for.
func (d *daemon) findPresent(bondName, member string) (m managed, name string, err error) {
	if m, name, err = d.findMember(bondName, member); err != nil {
		return m, name, err
	}
	missing := m.live.Status().Missing
	if i := slices.IndexFunc(missing, func(m bond.MissingMember) bool { return m.Name == name }); i >= 0 {
		return m, name, control.Refused("member", member, "a member that is there; this one is missing")
	}
	return m, name, nil
}

// memberNames returns the names of the members that a bond has or waits for.
func memberNames(st *bond.Status) (names []string) {
	for i := range st.Members {
		names = append(names, st.Members[i].Name)
	}
	for _, m := range st.Missing {
		names = append(names, m.Name)
	}
	return names
}

// logChange logs a change and who asked for it.
func (d *daemon) logChange(call *control.Call, what string, attrs ...any) {
	d.log.With(slog.Int("uid", call.Peer.UID), slog.Int("pid", call.Peer.PID)).Info(what, attrs...)
}

// refusal returns the error for the problems of a change, or nil if there are only warnings.
// what is what was refused as a whole.
func refusal(what string, problems config.Problems) error {
	e := &control.Error{Kind: control.KindRefused, Message: what + " refused, nothing changed"}
	for i := range problems {
		p := &problems[i]
		if p.Warning {
			continue
		}
		if e.Field == "" {
			e.Field, e.Value, e.Allowed = p.Field, p.Value, strings.TrimPrefix(p.Text, "allowed: ")
		}
		if len(e.Problems) < maxProblems {
			e.Problems = append(e.Problems, viewProblem(p))
		}
	}
	if e.Field == "" {
		return nil
	}
	return e
}

// maxProblems is how many problems of a file are reported.
const maxProblems = 100

func viewProblem(p *config.Problem) control.Problem {
	return control.Problem{Line: p.At.Line, Column: p.At.Column, Field: p.Field, Value: p.Value, Text: p.Text, Warning: p.Warning}
}

func warnings(problems config.Problems) (list []control.Problem) {
	for i := range problems {
		if problems[i].Warning && len(list) < maxProblems {
			list = append(list, viewProblem(&problems[i]))
		}
	}
	return list
}
