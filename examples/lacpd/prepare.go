package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/handover"
)

var handoverCommand = command{
	name:  "handover",
	brief: "prepares a restart that nothing notices",
	help: "prepares a restart that the partners and the host do not notice: " +
		"for 60 seconds, a SIGTERM makes the running lacpd leave the bonds to the process that the service manager starts next. " +
		"lacpd handover && systemctl restart lacpd changes to another version. It checks that the next process can read the file.",
	setup: asking("the answer", func(ctx context.Context, c *client, _ []string, stdout, stderr io.Writer) int {
		return ask(ctx, c, stdout, stderr, "prepare", struct{}{}, func(r *prepareResult) string {
			return fmt.Sprintf("prepared: restart lacpd within %d s, such as with systemctl restart lacpd. A stop in that time leaves the interfaces as they are", r.Within)
		})
	}),
}

// preparedTime is how long a restart stays prepared.
const preparedTime = 60 * time.Second

// prepareResult is the result of prepare.
type prepareResult struct {
	Within int `json:"within"` // seconds
}

// prepare carries out the command prepare.
func (d *daemon) prepare(call *control.Call, _ *struct{}) (any, error) {
	if d.pending != nil {
		return nil, d.pending.refusal(d.host.bootTime())
	}
	if !handover.HasStore() {
		return nil, control.Refused("command", "handover", "only under a service manager such as systemd; without one, start the next lacpd with run -takeover")
	}
	if err := d.readable(); err != nil {
		return nil, &control.Error{Kind: control.KindRefused, Field: "file", Value: d.args.config, Allowed: "a file that the next lacpd can read",
			Message: "not prepared: " + err.Error()}
	}
	d.prepared = d.host.bootTime() + preparedTime
	d.logChange(call, "restart prepared: SIGTERM leaves the bonds to the next lacpd", "within", preparedTime.String())
	return prepareResult{int(preparedTime / time.Second)}, nil
}

// readable returns why the next lacpd could not use the file.
func (d *daemon) readable() error {
	if _, err := usableConfig(d.host, d.args.config, d.running()...); err != nil {
		return fmt.Errorf("the next lacpd could not use its file: %w", err)
	}
	return nil
}

// leaves reports whether the bonds are to be left to the process that the service manager starts
// next.
func (d *daemon) leaves() bool {
	return !d.handed && (d.args.store || d.prepared > d.host.bootTime())
}
