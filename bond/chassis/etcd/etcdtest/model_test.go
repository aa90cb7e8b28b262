package etcdtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/lagkit/lagkit/bond/chassis"
)

// A history is what several clients have asked a store and what it has answered. It is
// linearizable if there is an order of the operations, each at one moment between its call and its
// return, and [chassis.Op.Apply] gives the same answers in that order.

// input is an operation of a history.
type input struct {
	op chassis.Op

	// perhaps: it may have been carried out, at any time after its call, or never. That is so after
	// an error, and for the second time that the store has sent it to another member.
	perhaps bool

	end bool // the end of the history: no operation, after all others
}

// answer is what the store has answered to an operation that is not perhaps.
type answer struct {
	view chassis.View
	held bool
}

// state is what the store holds, in the model.
type state struct {
	view  chassis.View
	ended bool
}

// model returns the model of a store that begins with a view.
func model(begin chassis.View) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return state{view: begin} },
		Step: func(s, in, out any) (bool, any) {
			before, i := s.(state), in.(input)
			after := before
			switch {
			case i.end:
				after.ended = true
				return true, after
			case i.perhaps:
				// Without a change its moment does not matter, so it is at the end.
				return i.op.Apply(&after.view) || before.ended, after
			}
			held := i.op.Apply(&after.view)
			return out.(answer) == answer{after.view, held}, after
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v -> %+v", in, out) },
	}
}

// check returns whether a history of a store that begins with a view is linearizable.
func check(begin chassis.View, history []porcupine.Operation) porcupine.CheckResult {
	last := int64(0)
	for _, o := range history {
		last = max(last, o.Call, o.Return)
	}
	history = append(history[:len(history):len(history)], porcupine.Operation{ClientId: -1, Input: input{end: true}, Call: last + 1, Return: last + 2})
	for i := range history {
		if history[i].Input.(input).perhaps {
			history[i].Return = last + 3
		}
	}
	return porcupine.CheckOperationsTimeout(model(begin), history, patience)
}

// A history with an answer that no linearizable store would give is rejected.
func TestCheckerRejects(t *testing.T) {
	t.Parallel()
	begin := chassis.View{Revision: 10}
	claim := chassis.Op{Kind: chassis.OpClaim, Chassis: "A"}
	claimed := chassis.View{Revision: 11, Active: "A", Epoch: 11}
	intent := chassis.Op{Kind: chassis.OpIntent, Chassis: "B", Epoch: 11}
	intended := chassis.View{Revision: 12, Active: "A", Epoch: 11, Intent: "B", IntentRev: 12}
	ok := func(client int, call, ret int64, op chassis.Op, v chassis.View, held bool) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: input{op: op}, Output: answer{v, held}, Call: call, Return: ret}
	}
	perhaps := func(client int, call int64, op chassis.Op) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: input{op: op, perhaps: true}, Call: call}
	}
	for _, tt := range []struct {
		name    string
		history []porcupine.Operation
		want    porcupine.CheckResult
	}{
		{"one after the other", []porcupine.Operation{
			ok(1, 1, 2, claim, claimed, true), ok(2, 3, 4, chassis.Op{}, claimed, true), ok(2, 5, 6, intent, intended, true),
		}, porcupine.Ok},
		{"a read that runs while another client claims sees either", []porcupine.Operation{
			ok(1, 1, 9, claim, claimed, true), ok(2, 2, 3, chassis.Op{}, begin, true), ok(2, 4, 5, chassis.Op{}, claimed, true),
		}, porcupine.Ok},
		{"a stale read", []porcupine.Operation{
			ok(1, 1, 2, claim, claimed, true), ok(2, 3, 4, chassis.Op{}, begin, true),
		}, porcupine.Illegal},
		{"a read that goes back", []porcupine.Operation{
			ok(1, 1, 9, claim, claimed, true), ok(2, 2, 3, chassis.Op{}, claimed, true), ok(2, 4, 5, chassis.Op{}, begin, true),
		}, porcupine.Illegal},
		{"two claims of one epoch", []porcupine.Operation{
			ok(1, 1, 2, claim, claimed, true), ok(2, 3, 4, chassis.Op{Kind: chassis.OpClaim, Chassis: "B"}, chassis.View{Revision: 12, Active: "B", Epoch: 12}, true),
		}, porcupine.Illegal},
		{"an error that took effect later", []porcupine.Operation{
			perhaps(1, 1, claim), ok(2, 3, 4, chassis.Op{}, begin, true), ok(2, 5, 6, chassis.Op{}, claimed, true),
		}, porcupine.Ok},
		{"an error that never took effect", []porcupine.Operation{
			perhaps(1, 1, claim), ok(2, 3, 4, chassis.Op{}, begin, true),
		}, porcupine.Ok},
		{"an effect before its cause", []porcupine.Operation{
			ok(2, 1, 2, chassis.Op{}, claimed, true), perhaps(1, 3, claim),
		}, porcupine.Illegal},
		{"sent twice, and the second answer came first", []porcupine.Operation{
			ok(1, 1, 2, claim, claimed, true), ok(2, 3, 4, intent, intended, false), perhaps(2, 3, intent),
		}, porcupine.Ok},
		{"the same without a second time", []porcupine.Operation{
			ok(1, 1, 2, claim, claimed, true), ok(2, 3, 4, intent, intended, false),
		}, porcupine.Illegal},
	} {
		began := time.Now()
		if got := check(begin, tt.history); got != tt.want {
			t.Errorf("%s: %v after %v, want %v", tt.name, got, time.Since(began), tt.want)
		}
	}
}
