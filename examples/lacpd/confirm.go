package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/confirm"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var confirmCommand = command{
	name:  "confirm",
	brief: "keeps what apply -confirm has applied",
	help:  "keeps the configuration that apply -confirm has applied: lacpd replaces its file.",
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return ask(ctx, c, stdout, stderr, "confirm", struct{}{}, func(r *pendingResult) string { return r.text() })
	}),
}

var rollbackCommand = command{
	name:  "rollback",
	brief: "undoes what apply -confirm has applied",
	help:  "puts the configuration back that apply -confirm has replaced, at once.",
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return ask(ctx, c, stdout, stderr, "rollback", struct{}{}, func(r *pendingResult) string { return r.text() })
	}),
}

// pendingResult is the result of confirm and rollback.
type pendingResult struct {
	Kept bool   `json:"kept"`
	File string `json:"file"`
}

func (r *pendingResult) text() string {
	if r.Kept {
		return "confirmed: " + r.File + " has the new configuration"
	}
	return "rolled back: the old configuration is back"
}

// errNothingPending is the refusal of confirm and rollback without a pending change.
func errNothingPending(command string) error {
	return control.Refused("command", command, "only after lacpd apply -confirm and before its time is over")
}

// confirm carries out the command confirm.
func (d *daemon) confirm(call *control.Call, _ *struct{}) (any, error) {
	d.rollBackIfDue()
	if d.pending == nil {
		return nil, errNothingPending("confirm")
	}
	err := d.pending.change.Keep()
	if errors.Is(err, confirm.ErrChanged) {
		return nil, control.Refused("file", d.args.config, "the file as it was before lacpd apply: it has changed. Roll back, or put it back as it was")
	}
	if err != nil {
		return nil, &control.Error{Kind: control.KindFailed, Message: fmt.Sprintf("not confirmed, the change is still pending: %v", err)}
	}
	d.dropPending()
	d.news.tell(view.EventConfirmed, "")
	d.logChange(call, "change confirmed", "file", d.args.config)
	return pendingResult{true, d.args.config}, nil
}

// rollBackNow carries out the command rollback.
func (d *daemon) rollBackNow(call *control.Call, _ *struct{}) (any, error) {
	if d.pending == nil {
		return nil, errNothingPending("rollback")
	}
	d.logChange(call, "rollback asked for")
	d.rollBack("asked for")
	return pendingResult{false, d.args.config}, nil
}
