package plane_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// slow is a plane whose Apply waits until it is let go on.
type slow struct {
	plane.None
	goOn    chan error
	applied []uint64 // generations
}

func (s *slow) Apply(p *plane.Plan) error {
	s.applied = append(s.applied, p.Generation)
	return <-s.goOn
}

// result is what done is called with.
type result struct {
	generation uint64
	err        error
}

func TestAsyncAppliesTheNewestPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		s := &slow{goOn: make(chan error)}
		var results []result
		a := plane.NewAsync(s, func(p *plane.Plan, err error) { results = append(results, result{p.Generation, err}) })
		for generation := range uint64(4) {
			a.Apply(&plane.Plan{Generation: generation})
			synctest.Wait()
		}
		s.goOn <- nil     // 0
		s.goOn <- refused // the newest of those that have come meanwhile
		synctest.Wait()
		a.Apply(&plane.Plan{Generation: 4})
		s.goOn <- nil
		synctest.Wait()
		if want := []uint64{0, 3, 4}; !slices.Equal(s.applied, want) {
			t.Errorf("applied generations %v, want %v", s.applied, want)
		}
		if want := []result{{0, nil}, {3, refused}, {4, nil}}; !slices.Equal(results, want) {
			t.Errorf("results %v, want %v", results, want)
		}
	})
}

func TestAsyncStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{goOn: make(chan error)}
		ended := 0
		a := plane.NewAsync(s, func(*plane.Plan, error) { ended++ })
		a.Apply(&plane.Plan{Generation: 1})
		synctest.Wait()
		a.Apply(&plane.Plan{Generation: 2})
		stopped := false
		go func() { a.Stop(); stopped = true }()
		synctest.Wait()
		if stopped {
			t.Error("Stop returned while a plan runs, want it to wait")
		}
		s.goOn <- nil
		synctest.Wait()
		a.Apply(&plane.Plan{Generation: 3})
		synctest.Wait()
		if want := []uint64{1}; !stopped || ended != 1 || !slices.Equal(s.applied, want) {
			t.Errorf("stopped: %v, %d plans ended, applied %v; want true, 1, %v", stopped, ended, s.applied, want)
		}
	})
}

// drifter is a plane whose plan drifts when the test says so.
type drifter struct {
	plane.None
	drifted  chan struct{}
	restored int
	err      error
}

func (d *drifter) Drifted() <-chan struct{} { return d.drifted }
func (d *drifter) Restore() error           { d.restored++; return d.err }

func TestAsyncRestoresAPlanThatHasDrifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &drifter{drifted: make(chan struct{}, 1)}
		var results []result
		a := plane.NewAsync(d, func(p *plane.Plan, err error) { results = append(results, result{p.Generation, err}) })
		defer a.Stop()
		want := func(restored int, want ...result) {
			t.Helper()
			synctest.Wait()
			if d.restored != restored || !slices.Equal(results, want) {
				t.Errorf("restored %d times, results %v; want %d, %v", d.restored, results, restored, want)
			}
		}
		d.drifted <- struct{}{} // there is no plan yet
		want(0)
		time.Sleep(time.Second)
		a.Apply(&plane.Plan{Generation: 1})
		want(0, result{1, nil})
		d.drifted <- struct{}{}
		want(1, result{1, nil})
		d.err = errors.New("busy")
		d.drifted <- struct{}{} // too soon after the last
		want(1, result{1, nil})
		time.Sleep(100 * time.Millisecond)
		want(2, result{1, nil}, result{1, d.err})
	})
}
