package chassistest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
)

func TestMemory(t *testing.T) {
	m := chassistest.NewMemory()
	chassistest.TestStore(t, m.Open)
	s := m.Open()
	fails := errors.New("no quorum")
	m.Fail(fails)
	if _, _, err := s.Do(t.Context(), "bond0", chassis.Op{}); !errors.Is(err, fails) {
		t.Errorf("a store that fails: %v, want %v", err, fails)
	}
	m.Fail(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Do(ctx, "bond0", chassis.Op{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is done: %v, want Canceled", err)
	}
}

// A run depends on nothing but its seed and options.
func TestRunRepeats(t *testing.T) {
	first, err := chassistest.Run(3, chassistest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := chassistest.Run(3, chassistest.Options{})
	if err != nil || !slices.Equal(first.Log, second.Log) || first.Takeovers != second.Takeovers || first.Longest != second.Longest {
		t.Errorf("two runs of a seed: %d and %d takeovers, %v; want the same", first.Takeovers, second.Takeovers, err)
	}
	if first.Faults != 50 || len(first.Log) == 0 || first.Longest <= 0 || first.Starts < 2 {
		t.Errorf("result %d faults, %d lines, longest %v, %d starts; want 50 faults and more than none of each", first.Faults, len(first.Log), first.Longest, first.Starts)
	}
}

func TestRunOptions(t *testing.T) {
	r, err := chassistest.Run(1, chassistest.Options{Chassis: 3, Faults: 5})
	if err != nil || r.Faults != 5 || r.Starts < 3 {
		t.Errorf("%d faults, %d starts, %v; want 5, at least 3", r.Faults, r.Starts, err)
	}
	_, err = chassistest.Run(1, chassistest.Options{Configure: func(c *chassis.Config) { c.Hold = 1 }})
	if err == nil {
		t.Error("an invalid configuration gives no error")
	}
	_, err = chassistest.Run(1, chassistest.Options{Faults: 1, Configure: func(c *chassis.Config) { c.MinScore = 9 }})
	if err == nil {
		t.Error("chassis that never are able give no error, want one that none is active")
	}
}

func TestNetwork(t *testing.T) {
	n := chassistest.NewNetwork(1)
	a, b := n.Open("A"), n.Open("B")
	buf := make([]byte, 10)
	n.Cut("A", "B")
	a.Send("B", []byte("lost"))
	n.Heal()
	n.Cut("B", "A")
	a.Send("B", []byte("heard"))
	if got, err := b.Receive(buf); err != nil || string(buf[:got]) != "heard" {
		t.Errorf("B received %q, %v; want %q", buf[:got], err, "heard")
	}
	a.Send("C", nil) // no such chassis
	n.Lose(0.5)
	const sent = 1000
	for range sent {
		a.Send("B", []byte{1})
	}
	n.Lose(0)
	a.Send("B", []byte("end"))
	arrived := 0
	for {
		got, err := b.Receive(buf)
		if err != nil {
			t.Fatal(err)
		}
		if string(buf[:got]) == "end" {
			break
		}
		arrived++
	}
	if arrived < sent*6/10 || arrived > sent*9/10 { // half are lost, half of the rest come twice
		t.Errorf("%d datagrams of %d arrived, want about 750", arrived, sent)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := b.Receive(buf); err == nil {
		t.Error("Receive after Close gives no error")
	}
}
