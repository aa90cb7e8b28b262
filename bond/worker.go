package bond

import (
	"net"
	"slices"
	"sync"
)

// worker runs jobs that may have to wait for the kernel, whose lock another program can hold
// for seconds, one after another. Control never waits for the worker: a job reports its result
// as an input.
type worker struct {
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

// post queues a job, unless a job of the same name is waiting already: such a job reads the
// wanted values when it runs. Jobs without a name all run.
func (w *worker) post(name string, run func()) {
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

func (w *worker) work() {
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

// stop drops the waiting jobs and returns when the running job has ended.
func (w *worker) stop() {
	w.mu.Lock()
	w.stopped, w.waiting = true, nil
	w.mu.Unlock()
	w.done.Wait()
}

// later runs work, which may wait for the kernel, on the worker and passes its result to then
// on the control goroutine. It omits both once the bond is closing. A caller has one piece of
// work under way at a time.
func (b *Bond) later(work func() error, then func(error)) {
	b.worker.post("", func() {
		err := work()
		b.tell(input{do: func() { then(err) }})
	})
}

// onWorker runs work on the worker and returns its error. If the bond closes before that, the
// error is [net.ErrClosed].
func (b *Bond) onWorker(work func() error) error {
	done := make(chan error, 1)
	b.worker.post("", func() { done <- work() })
	select {
	case err := <-done:
		return err
	case <-b.stopped:
	}
	b.worker.stop() // a job that runs still ends
	select {
	case err := <-done:
		return err
	default:
		return net.ErrClosed
	}
}
