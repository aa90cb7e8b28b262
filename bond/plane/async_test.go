package plane_test

import (
	"errors"
	"slices"
	"sync"
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
	drifted chan struct{}

	mu       sync.Mutex
	restored int
	err      error
	results  []result
}

func (d *drifter) Drifted() <-chan struct{} { return d.drifted }

func (d *drifter) Restore() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.restored++
	return d.err
}

func (d *drifter) done(p *plane.Plan, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.results = append(d.results, result{p.Generation, err})
}

// fail makes Restore fail from now on.
func (d *drifter) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// want waits until nothing happens any more, and fails the test unless the plan was restored that often,
// with these results.
func (d *drifter) want(t *testing.T, restored int, results ...result) {
	t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.restored != restored || !slices.Equal(d.results, results) {
		t.Errorf("restored %d times, results %v; want %d, %v", d.restored, d.results, restored, results)
	}
}

func TestAsyncRestoresAPlanThatHasDrifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &drifter{drifted: make(chan struct{}, 1)}
		a := plane.NewAsync(d, d.done)
		defer a.Stop()
		d.drifted <- struct{}{} // there is no plan yet
		d.want(t, 0)
		time.Sleep(time.Second)
		a.Apply(&plane.Plan{Generation: 1})
		d.want(t, 0, result{1, nil})
		d.drifted <- struct{}{}
		d.want(t, 1, result{1, nil})
		busy := errors.New("busy")
		d.fail(busy)
		d.drifted <- struct{}{} // too soon after the last
		d.want(t, 1, result{1, nil})
		time.Sleep(100 * time.Millisecond)
		d.want(t, 2, result{1, nil}, result{1, busy})
	})
}
