// Package worker runs jobs that may have to wait for the kernel, whose lock another program
// can hold for seconds. The goroutine that posts a job never waits for it.
package worker

import (
	"net"
	"slices"
	"sync"
)

// Worker runs jobs one after another, on a goroutine that exists while there are any. The zero
// value is ready for use.
type Worker struct {
	mu      sync.Mutex
	waiting []job
	running bool
	stopped bool
	done    sync.WaitGroup
}

type job struct {
	name string
	run  func()
}

// Post queues a job, unless a job of the same name is waiting already: such a job reads the
// wanted values when it runs. Jobs without a name all run.
func (w *Worker) Post(name string, run func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped || name != "" && slices.ContainsFunc(w.waiting, func(j job) bool { return j.name == name }) {
		return
	}
	w.waiting = append(w.waiting, job{name, run})
	if !w.running {
		w.running = true
		w.done.Go(w.work)
	}
}

// Do runs a job on the worker and returns its error. Once end is closed it waits only for a job
// that runs already, stops the worker, and returns [net.ErrClosed] if the job did not run.
func (w *Worker) Do(end <-chan struct{}, run func() error) error {
	done := make(chan error, 1)
	w.Post("", func() { done <- run() })
	select {
	case err := <-done:
		return err
	case <-end:
	}
	w.Stop()
	select {
	case err := <-done:
		return err
	default:
		return net.ErrClosed
	}
}

func (w *Worker) work() {
	for {
		w.mu.Lock()
		if len(w.waiting) == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		j := w.waiting[0]
		w.waiting = slices.Delete(w.waiting, 0, 1)
		w.mu.Unlock()
		j.run()
	}
}

// Drop drops the waiting jobs, and all that come later.
func (w *Worker) Drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped, w.waiting = true, nil
}

// Stop is Drop that returns when the running job has ended.
func (w *Worker) Stop() {
	w.Drop()
	w.done.Wait()
}
