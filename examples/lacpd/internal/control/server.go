package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Command is what a client can ask for. It has Run or Watch.
type Command struct {
	Name string

	// Changes is set if the command changes something. Then only some clients may use it.
	Changes bool

	// Run carries the command out and returns its result, which is sent as JSON. An error is an
	// [*Error], or wraps a lacp.FieldError, or is a failure.
	Run func(ctx context.Context, call *Call) (result any, err error)

	// Watch passes events to put, which never blocks, until ctx is done or nothing more can
	// happen.
	Watch func(ctx context.Context, call *Call, put func(event any)) error
}

// Call is one use of a command.
type Call struct {
	Peer Peer
	args []byte
}

// NewCall returns a call from inside of the process, with JSON arguments.
func NewCall(peer Peer, args []byte) *Call { return &Call{peer, args} }

// Args reads the arguments of the call into a struct with JSON keys. The error is an [*Error].
func (c *Call) Args(into any) error { return decode("args", c.args, into) }

// Server answers the clients of a socket.
type Server struct {
	Status   func() any // for a client that sends nothing
	Commands []Command
	Log      *slog.Logger

	group    int
	identify func(net.Conn) Peer
	changes  chan struct{} // a place for each change that is carried out or waits for that
	watchers chan struct{}
	large    chan struct{} // a place for each large request
	room     room
}

// Limits for clients.
const (
	maxClients  = 32
	maxChanges  = 8
	maxWatchers = 16

	patience     = time.Second            // how long a client keeps its place that lacpd waits for
	silence      = 200 * time.Millisecond // after that, a client that has sent nothing gets the status
	requestTime  = 5 * time.Second        // for the rest of a request
	idleTime     = time.Minute            // between two requests
	writeTime    = 5 * time.Second        // for an answer
	watchTime    = time.Minute            // for an event
	runTime      = 10 * time.Second       // for a command that changes nothing
	acceptFirst  = 5 * time.Millisecond   // pause after a failed accept, doubled each time
	acceptLonger = time.Second
)

// Serve answers clients until the socket is closed. Then it ends the commands that run and
// waits for them. If accept fails, for example because the process has no descriptor left, it
// logs that once and keeps trying.
func (s *Server) Serve(socket *Socket) {
	s.group, s.identify = socket.group, Identify
	s.serve(socket.Accept)
}

func (s *Server) serve(accept func() (net.Conn, error)) {
	s.changes, s.watchers = make(chan struct{}, maxChanges), make(chan struct{}, maxWatchers)
	s.large = make(chan struct{}, maxLarge)
	s.room.freed = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer s.room.clear()
	defer cancel()
	pause, failing := time.Duration(0), false
	for {
		conn, err := accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			if !failing {
				s.Log.Error("socket does not accept clients, lacpd keeps trying", "error", err)
			}
			failing, pause = true, min(max(2*pause, acceptFirst), acceptLonger)
			time.Sleep(pause)
			continue
		case failing:
			s.Log.Info("socket accepts clients again")
			failing, pause = false, 0
		}
		c := &session{server: s, conn: conn}
		s.room.enter(c)
		running.Go(func() {
			defer s.room.leave(c)
			c.run(ctx)
		})
	}
}

// find returns the command with a name, or nil.
func (s *Server) find(name string) *Command {
	for i := range s.Commands {
		if s.Commands[i].Name == name {
			return &s.Commands[i]
		}
	}
	return nil
}

// names returns the names of all commands.
func (s *Server) names() string {
	names := make([]string, len(s.Commands))
	for i := range s.Commands {
		names[i] = s.Commands[i].Name
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
