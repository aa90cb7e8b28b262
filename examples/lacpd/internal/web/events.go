package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

const (
	// beatTime is how often watchers hear from the server.
	beatTime = time.Second
	// calmTime is the least time between two statuses.
	calmTime = 100 * time.Millisecond
	// maxStatusRate is the most octets of regular statuses that are sent to a watcher in a
	// second, on average. A status after a change is sent at once.
	maxStatusRate = 256 << 10
	// maxQueued is the most events that wait for a watcher. One that is further behind is
	// dropped.
	maxQueued = 32
)

// hub passes events to watchers.
type hub struct {
	soon   chan struct{} // a change wants a status
	joined chan struct{} // the first watcher wants a status
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex
	watchers map[*watcher]bool
}

// watcher is a client of /events.
type watcher struct {
	events chan []byte
	behind chan struct{} // closed if events was full
}

func (h *hub) init() {
	h.soon, h.joined, h.closed = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{})
	h.watchers = make(map[*watcher]bool)
}

// join adds a watcher. It returns nil if there are too many.
func (h *hub) join() *watcher {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watchers) >= maxWatchers {
		return nil
	}
	w := &watcher{events: make(chan []byte, maxQueued), behind: make(chan struct{})}
	h.watchers[w] = true
	return w
}

func (h *hub) leave(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

// watched reports whether there are watchers.
func (h *hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers) > 0
}

// send queues an event for all watchers. It drops those with a full queue.
func (h *hub) send(event []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		select {
		case w.events <- event:
		default:
			close(w.behind)
			delete(h.watchers, w)
		}
	}
}

// hurry asks for a status soon.
func (h *hub) hurry() { signal(h.soon) }

func (h *hub) close() { h.once.Do(func() { close(h.closed) }) }

// signal leaves a value in a channel with room for one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// message returns a server-sent event.
func message(name string, data any) []byte {
	var b bytes.Buffer
	b.WriteString("event: " + name + "\ndata: ")
	if err := json.NewEncoder(&b).Encode(data); err != nil { // it ends with a newline
		return nil // our types have no values that can't be encoded
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// statusEvent is the data of a "status".
type statusEvent struct {
	At    time.Time                    `json:"at"`
	Words map[string]map[string]string `json:"words"` // what each member of each bond does, see view.InWords
	view.Status
}

func newStatusEvent(st view.Status) statusEvent {
	e := statusEvent{At: time.Now(), Words: make(map[string]map[string]string, len(st.Bonds)), Status: st}
	for i := range st.Bonds {
		words := make(map[string]string, len(st.Bonds[i].Members))
		for j := range st.Bonds[i].Members {
			m := &st.Bonds[i].Members[j]
			words[m.Name] = view.InWords(m)
		}
		e.Words[st.Bonds[i].Name] = words
	}
	return e
}

// feed sends the status to the watchers, as long as there are any, until ctx is done.
func (s *Server) feed(ctx context.Context) {
	tick := time.NewTicker(beatTime)
	defer tick.Stop()
	var next time.Time // of a regular status
	for {
		regular := false
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			regular = true
		case <-s.hub.joined:
		case <-s.hub.soon:
			// A change seldom comes alone.
			select {
			case <-time.After(calmTime):
			case <-ctx.Done():
				return
			}
		}
		if !s.hub.watched() {
			continue
		}
		if regular && time.Now().Before(next) {
			s.hub.send(message("beat", struct{}{}))
			continue
		}
		event := message("status", newStatusEvent(s.cfg.Status()))
		s.hub.send(event)
		next = time.Now().Add(time.Duration(len(event)) * time.Second / maxStatusRate)
	}
}

// giveEvents sends events until the client is gone or behind.
func (s *Server) giveEvents(w http.ResponseWriter, r *http.Request) {
	c := s.hub.join()
	if c == nil {
		w.Header().Set("Retry-After", "10")
		http.Error(w, "too many clients watch: try again later", http.StatusServiceUnavailable)
		return
	}
	defer s.hub.leave(c)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy passes each event on at once
	hello := message("hello", map[string]string{"host": s.cfg.Host, "version": s.cfg.Version})
	out := http.NewResponseController(w)
	if out.SetReadDeadline(time.Time{}) != nil { // that of the request would end the events
		return
	}
	write := func(event []byte) bool {
		if out.SetWriteDeadline(time.Now().Add(answerTime)) != nil {
			return false
		}
		_, err := w.Write(event)
		return err == nil && out.Flush() == nil
	}
	if !write(hello) || !write(message("timeline", s.timeline.all())) {
		return
	}
	signal(s.hub.joined)
	for {
		select {
		case event := <-c.events:
			if !write(event) {
				return
			}
		case <-c.behind:
			return
		case <-r.Context().Done():
			return
		case <-s.hub.closed:
			return
		}
	}
}
