package bond

import "sync"

// worker does what may wait for the kernel, one piece after the other, on a goroutine of
// its own: another program can hold the kernel's RTNL lock for seconds, and LACPDUs go on
// meanwhile. How much waits is bounded by those who ask: each has one piece at a time.
type worker struct {
	mu      sync.Mutex
	queue   []func()
	running bool
	ended   bool
	posted  map[string]bool // in the queue
	idle    sync.Cond       // the queue is empty
}

func (w *worker) init() { w.idle.L = &w.mu }

// do queues a piece of work. After close it is left out.
func (w *worker) do(work func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	w.queue = append(w.queue, work)
	if !w.running {
		w.running = true
		go w.run()
	}
}

// post is do for work that looks at what is wanted when it is done: it is left out if work
// of the same name is still queued.
func (w *worker) post(name string, work func()) {
	w.mu.Lock()
	queued := w.posted[name]
	if w.posted == nil {
		w.posted = make(map[string]bool)
	}
	w.posted[name] = true
	w.mu.Unlock()
	if queued {
		return
	}
	w.do(func() {
		w.mu.Lock()
		delete(w.posted, name)
		w.mu.Unlock()
		work()
	})
}

func (w *worker) run() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) > 0 {
		work := w.queue[0]
		w.queue = w.queue[1:]
		w.mu.Unlock()
		work()
		w.mu.Lock()
	}
	w.running = false
	w.idle.Broadcast()
}

// close leaves out what is still queued and waits for what is being done.
func (w *worker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.queue = nil
	for w.running {
		w.idle.Wait()
	}
}

// later does work that may wait for the kernel, and then gives its result to control. Both
// are left out once the bond is closing.
func (b *Bond) later(work func() error, then func(error)) {
	b.worker.do(func() {
		err := work()
		b.tell(input{do: func() { then(err) }})
	})
}
