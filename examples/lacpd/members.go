package main

import (
	"context"
	"io"
	"slices"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// untilReload ends the answer to a change that the file does not have.
const untilReload = ". It lasts until the next reload, unless the file says the same"

var addCommand = command{
	name: "add", args: "BOND INTERFACE", least: 2, most: 2,
	brief: "adds an interface to a bond",
	help:  "adds an interface to a running bond. It lasts until the next reload, unless the file says the same.",
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return ask(ctx, c, stdout, stderr, "add", portArgs{args[0], args[1]}, func(r *portArgs) string {
			return r.Bond + ": " + r.Member + " added" + untilReload
		})
	}),
}

var removeCommand = command{
	name: "remove", args: "BOND MEMBER", least: 2, most: 2,
	brief: "takes a member out of a bond",
	help:  "takes a member out of a running bond and restores its interface. It lasts until the next reload, unless the file says the same.",
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return ask(ctx, c, stdout, stderr, "remove", portArgs{args[0], args[1]}, func(r *portArgs) string {
			return r.Bond + ": " + r.Member + " removed" + untilReload
		})
	}),
}

// portArgs are the arguments of add and remove, and the result.
type portArgs struct {
	Bond   string `json:"bond"`
	Member string `json:"member"`
}

// addPort carries out the command add.
func (d *daemon) addPort(call *control.Call, args *portArgs) (any, error) {
	m, err := d.changeable(args.Bond)
	if err != nil {
		return nil, err
	}
	if !config.ValidPort(args.Member) {
		return nil, control.Refused("member", args.Member, config.PortRule)
	}
	here := machine{links: d.links(), refuses: d.host.refuses}
	st := m.live.Status()
	if name, ok := nameIn(&st, args.Member, here.links); ok {
		return nil, control.Refused("member", args.Member, "an interface that is no member yet; it is "+name+" of this bond")
	}
	same := func(port string) bool { return here.links.same(port, args.Member) }
	if !slices.ContainsFunc(m.cfg.Ports, same) {
		ports := append(slices.Clone(m.cfg.Ports), args.Member)
		if m.cfg, err = d.changed(&m, config.PortsChange(ports)); err != nil {
			return nil, err
		}
	}
	if err := here.obstacle(args.Member, m.cfg.MTU); err != nil {
		return nil, control.Refused("member", args.Member, err.Error())
	}
	if err := m.live.AddInterface(args.Member); err != nil {
		return nil, err
	}
	m.out = slices.DeleteFunc(slices.Clone(m.out), same)
	m.absent = slices.DeleteFunc(slices.Clone(m.absent), func(a absence) bool { return same(a.name) })
	if m.partial {
		if err := d.applySettings(&m); err != nil {
			d.note(&m, err)
		}
	}
	d.replace(m)
	d.logChange(call, "member added by a command", "bond", args.Bond, "member", args.Member)
	return args, nil
}

// removePort carries out the command remove.
func (d *daemon) removePort(call *control.Call, args *portArgs) (any, error) {
	m, err := d.changeable(args.Bond)
	if err != nil {
		return nil, err
	}
	links, name := d.links(), args.Member
	same := func(port string) bool { return links.same(port, args.Member) }
	if i := slices.IndexFunc(m.absent, func(a absence) bool { return same(a.name) }); i >= 0 {
		m.absent = slices.Delete(slices.Clone(m.absent), i, i+1)
	} else {
		if _, name, err = d.findMember(args.Bond, args.Member); err == nil {
			err = m.live.RemoveMember(name)
		}
		if err != nil {
			return nil, err
		}
	}
	m.out = slices.Clone(m.out)
	for _, port := range m.cfg.Ports {
		if same(port) || port == name {
			m.out = append(m.out, port)
		}
	}
	d.replace(m)
	d.logChange(call, "member removed by a command", "bond", args.Bond, "member", name)
	return portArgs{args.Bond, name}, nil
}

// changeable returns a running bond, if commands may change its configuration now.
func (d *daemon) changeable(name string) (managed, error) {
	if d.pending != nil {
		return managed{}, d.pending.refusal(d.host.bootTime())
	}
	return d.findRunning(name)
}

// changed returns the bond's configuration with some keys changed, checked with the other bonds.
func (d *daemon) changed(m *managed, changes ...config.Change) (config.Bond, error) {
	next, problems := m.cfg.With(changes...)
	if err := refusal("change", problems); err != nil {
		return next, err
	}
	var all []config.Bond
	for _, other := range d.list() {
		if other.cfg.Name == m.cfg.Name {
			all = append(all, next)
		} else {
			all = append(all, other.cfg)
		}
	}
	f := config.File{Bonds: all, Problems: config.Check(all, d.section())}
	f.RefuseReplaced(d.running())
	return next, refusal("change", f.Problems)
}

// replace stores a bond.
func (d *daemon) replace(m managed) {
	bonds := d.list()
	for i := range bonds {
		if bonds[i].cfg.Name == m.cfg.Name {
			bonds[i] = m
		}
	}
	d.set(bonds)
}
