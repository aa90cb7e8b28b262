package steps

import (
	"errors"
	"slices"
	"testing"
)

// recorder makes steps that record what happens to them.
type recorder struct{ got []string }

func (r *recorder) step(name string, err error) Step {
	return Step{
		Do:   func() error { r.got = append(r.got, "do "+name); return err },
		Undo: func() error { r.got = append(r.got, "undo "+name); return nil },
		Took: func() { r.got = append(r.got, "took "+name) },
	}
}

func (r *recorder) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.got, want) {
		t.Errorf("got %q, want %q", r.got, want)
	}
}

func TestRunUndoesWhatWasDoneIfAStepFails(t *testing.T) {
	var r recorder
	failure := errors.New("refused")
	list := []Step{r.step("a", nil), r.step("b", nil), r.step("c", failure), r.step("d", nil)}
	if err := Run(list); !errors.Is(err, failure) {
		t.Errorf("Run() = %v, want %v", err, failure)
	}
	r.want(t, "do a", "do b", "do c", "undo b", "undo a")
}

func TestTakeRecordsTheStepsThatWereDone(t *testing.T) {
	var r recorder
	list := []Step{r.step("a", nil), r.step("b", errors.New("refused")), r.step("c", nil)}
	list[2].Took = nil
	if err := RunAll(list); err == nil {
		t.Error("RunAll() = nil, want the error of b")
	}
	Take(list)
	r.want(t, "do a", "do b", "do c", "took a")
}
