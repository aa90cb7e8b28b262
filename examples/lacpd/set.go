package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

var setCommand = command{
	name: "set", args: "BOND KEY=VALUE...", least: 2, most: anyNumber,
	brief: "changes keys of a bond",
	help: "changes keys of a running bond, all or none. A value is spelled as in the file; without a value a key has its default again. " +
		"It lasts until the next reload, unless the file says the same.",
	keys: true,
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		q := setArgs{Bond: args[0]}
		for _, word := range args[1:] {
			key, value, ok := strings.Cut(word, "=")
			if !ok {
				return wrongUse(stderr, "set", fmt.Sprintf("argument %q: want KEY=VALUE", word))
			}
			q.Keys = append(q.Keys, keyValue{key, value})
		}
		return askSet(ctx, c, stdout, stderr, q)
	}),
}

var downCommand = command{
	name: "down", args: "BOND", least: 1, most: 1,
	brief: "takes a bond out of use",
	help:  "takes a bond out of use: its members stay, but carry no data, and the partner does not use them. It is set admin_down=true.",
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return askSet(ctx, c, stdout, stderr, setArgs{args[0], []keyValue{{"admin_down", "true"}}})
	}),
}

var upCommand = command{
	name: "up", args: "BOND", least: 1, most: 1,
	brief: "puts a bond into use again",
	help:  "puts a bond into use again. It is set admin_down=false.",
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return askSet(ctx, c, stdout, stderr, setArgs{args[0], []keyValue{{"admin_down", "false"}}})
	}),
}

// setArgs are the arguments of set.
type setArgs struct {
	Bond string     `json:"bond"`
	Keys []keyValue `json:"keys"`
}

type keyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"` // empty: the default
}

// setResult is the result of set.
type setResult struct {
	Bond     string              `json:"bond"`
	Changed  []config.Difference `json:"changed"`
	Warnings []control.Problem   `json:"warnings,omitempty"`
}

func askSet(ctx context.Context, c *client, stdout, stderr io.Writer, args setArgs) int {
	return ask(ctx, c, stdout, stderr, "set", args, func(r *setResult) string {
		var lines []string
		for i := range r.Warnings {
			lines = append(lines, "warning: "+r.Warnings[i].Field+" "+r.Warnings[i].Value+": "+r.Warnings[i].Text)
		}
		if len(r.Changed) == 0 {
			return strings.Join(append(lines, r.Bond+": nothing differs"), "\n")
		}
		for _, c := range r.Changed {
			lines = append(lines, r.Bond+": "+differenceText(&c))
		}
		return strings.Join(lines, "\n") + untilReload
	})
}

// setKeys carries out the command set.
func (d *daemon) setKeys(call *control.Call, args *setArgs) (any, error) {
	m, err := d.changeable(args.Bond)
	if err != nil {
		return nil, err
	}
	var changes []config.Change
	for _, k := range args.Keys {
		switch {
		case k.Key == "ports":
			return nil, control.Refused("ports", k.Value, "the commands add and remove")
		case config.Fixed(k.Key):
			return nil, control.Refused(k.Key, k.Value, "the same while the bond is open: change the file and start lacpd again")
		}
		changes = append(changes, config.Change(k))
	}
	if len(changes) == 0 {
		return nil, control.Refused("keys", "", "at least one key with a value")
	}
	before := m.cfg
	_, problems := m.cfg.With(changes...)
	if m.cfg, err = d.changed(&m, changes...); err != nil {
		return nil, err
	}
	if err := d.applySettings(&m); err != nil {
		return nil, err
	}
	d.replace(m)
	result := setResult{Bond: args.Bond, Changed: config.Diff(&before, &m.cfg), Warnings: warnings(problems)}
	for _, c := range result.Changed {
		d.logChange(call, "key changed by a command", "bond", args.Bond, "key", c.Key, "from", c.From, "to", c.To)
	}
	return result, nil
}
