package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// Config is what a [Server] serves.
type Config struct {
	Status  func() view.Status
	Metrics http.Handler // of /metrics; nil: not served
	Log     *slog.Logger

	Host    string   // the name of this machine, for the title of the page
	Version string   // of lacpd
	Names   []string // further names that clients may use for this server in their Host header
}

// Limits for clients.
const (
	maxConns     = 64
	maxWatchers  = 16 // of /events
	maxHeader    = 8 << 10
	headerTime   = 5 * time.Second  // for the head of a request
	requestTime  = 10 * time.Second // for a request
	answerTime   = 30 * time.Second // for an answer, and for each event
	idleTime     = time.Minute      // between two requests
	shutdownTime = time.Second      // for the answers that are being sent at the end
)

// Server answers HTTP requests.
type Server struct {
	cfg      Config
	timeline timeline
	hub      hub
	http     http.Server
}

// New returns a server. [Server.Serve] starts it.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg}
	s.hub.init()
	s.http = http.Server{
		Handler:           s.guard(s.routes()),
		ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       slog.NewLogLogger(cfg.Log.With("server", "http").Handler(), slog.LevelDebug),
	}
	return s
}

// Serve answers the clients of l until [Server.Close]. It logs why it ended if l failed.
func (s *Server) Serve(l net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go s.feed(ctx)
	if err := s.http.Serve(netutil.LimitListener(l, maxConns)); !errors.Is(err, http.ErrServerClosed) {
		s.cfg.Log.Error("HTTP server stopped", "address", l.Addr().String(), "error", err)
	}
}

// Close ends the server and closes its listener.
func (s *Server) Close() error {
	s.hub.close()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if s.http.Shutdown(ctx) == nil {
		return nil
	}
	return s.http.Close()
}

// Note adds an event of a bond to the timeline and has watchers see the new status at once. It
// never waits.
func (s *Server) Note(name string, e *bond.Event) {
	if t := s.timeline.add(name, e); t != nil {
		s.hub.send(message("transition", t))
	}
	s.hub.hurry()
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status.json", s.giveStatus)
	mux.HandleFunc("GET /events", s.giveEvents)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		s.cfg.Status() // hangs if a bond does
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n")) // the client may be gone
	})
	if s.cfg.Metrics != nil {
		mux.Handle("GET /metrics", s.cfg.Metrics)
	}
	for name, f := range pageFiles() {
		mux.Handle("GET "+name, f)
	}
	return mux
}

func (s *Server) giveStatus(w http.ResponseWriter, _ *http.Request) {
	b, err := json.MarshalIndent(s.cfg.Status(), "", "  ")
	if err != nil {
		s.cfg.Log.Error("status not written", "error", err)
		http.Error(w, "the status can't be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(b, '\n')) // the client may be gone
}
