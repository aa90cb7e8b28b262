package main

import (
	"context"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// job is a change that a client asks for. The daemon's goroutine runs it, so that changes come
// one after another.
type job struct {
	run    func() (any, error)
	result any
	err    error
	done   chan struct{}
}

// carryOut has the daemon's goroutine run a job and waits for its end.
func (d *daemon) carryOut(ctx context.Context, run func() (any, error)) (any, error) {
	j := &job{run: run, done: make(chan struct{})}
	select {
	case d.jobs <- j:
		<-j.done
		return j.result, j.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.ended:
		return nil, &control.Error{Kind: control.KindFailed, Message: "lacpd is ending"}
	}
}

// change is a command whose arguments have type A, and that the daemon's goroutine carries out.
func change[A any](d *daemon, name string, run func(*control.Call, *A) (any, error)) control.Command {
	return control.Command{Name: name, Changes: true, Run: func(ctx context.Context, call *control.Call) (any, error) {
		var args A
		if err := call.Args(&args); err != nil {
			return nil, err
		}
		return d.carryOut(ctx, func() (any, error) { return run(call, &args) })
	}}
}

// direct is a command whose arguments have type A, and that waits for no other.
func direct[A any](name string, changes bool, run func(*control.Call, *A) (any, error)) control.Command {
	return control.Command{Name: name, Changes: changes, Run: func(_ context.Context, call *control.Call) (any, error) {
		var args A
		if err := call.Args(&args); err != nil {
			return nil, err
		}
		return run(call, &args)
	}}
}
