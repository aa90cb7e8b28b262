package logq_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/internal/logq"
)

// sink is the file that the next handler writes to. It can block and fail.
type sink struct {
	mu      sync.Mutex
	lines   []string
	fail    atomic.Bool
	stopped chan struct{} // nil: it accepts writes; otherwise it blocks until this is closed
}

var errBroken = errors.New("broken pipe")

func (s *sink) Write(p []byte) (int, error) {
	if s.stopped != nil {
		<-s.stopped
	}
	if s.fail.Load() {
		return 0, errBroken
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

func (s *sink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func below(s *sink) slog.Handler {
	return slog.NewTextHandler(s, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
}

const note = `level=WARN msg="log records dropped: the log was not read in time" records=`

func closed(t *testing.T, h *logq.Handler) {
	t.Helper()
	if err := h.Close(time.Second); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func TestHandlerKeepsOrderAttributesAndGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		h := logq.New(below(&s), 8)
		log := slog.New(h).With("bond", "bond0")
		log.Info("one", "n", 1)
		log.WithGroup("g").Warn("two", "n", 2)
		log.Debug("below the level")
		closed(t, h)
		want := "level=INFO msg=one bond=bond0 n=1\nlevel=WARN msg=two bond=bond0 g.n=2"
		if got := s.text(); got != want {
			t.Errorf("log is\n%s\nwant\n%s", got, want)
		}
		if got := h.Dropped(); got != 0 {
			t.Errorf("Dropped() = %d, want 0", got)
		}
	})
}

func TestHandlerDropsAndCountsWhileTheLogIsNotReadBOX05(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sink{stopped: make(chan struct{})}
		h := logq.New(below(&s), 3)
		log := slog.New(h)
		log.Info("taken by the writer")
		synctest.Wait()
		start := time.Now()
		for i := range 10 {
			log.Info("queued", "i", i)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("10 records took %v, want none", waited)
		}
		if got := h.Dropped(); got != 7 {
			t.Errorf("Dropped() = %d, want 7", got)
		}
		close(s.stopped)
		synctest.Wait()
		want := "level=INFO msg=\"taken by the writer\"\nlevel=INFO msg=queued i=0\nlevel=INFO msg=queued i=1\nlevel=INFO msg=queued i=2\n" + note + "7"
		if got := s.text(); got != want {
			t.Errorf("log is\n%s\nwant\n%s", got, want)
		}
		log.Info("after")
		closed(t, h)
		if got := s.text(); got != want+"\nlevel=INFO msg=after" {
			t.Errorf("log is\n%s\nwant nothing more than \"after\"", got)
		}
	})
}

func TestHandlerTellsOfAGapWhereItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sink{stopped: make(chan struct{})}
		h := logq.New(below(&s), 1)
		log := slog.New(h)
		log.Info("a")
		synctest.Wait()
		log.Info("b")
		log.Info("dropped")
		close(s.stopped)
		synctest.Wait()
		log.Info("c")
		closed(t, h)
		want := "level=INFO msg=a\nlevel=INFO msg=b\n" + note + "1\nlevel=INFO msg=c"
		if got := s.text(); got != want {
			t.Errorf("log is\n%s\nwant\n%s", got, want)
		}
	})
}

func TestHandlerTellsOfWritesThatFailedOnceOneSucceedsBOX05(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		s.fail.Store(true)
		h := logq.New(below(&s), 8)
		log := slog.New(h)
		for range 5 {
			log.Info("lost")
			synctest.Wait()
		}
		if got := h.Dropped(); got != 5 {
			t.Errorf("Dropped() = %d, want 5", got)
		}
		s.fail.Store(false)
		synctest.Wait()
		if got := s.text(); got != "" {
			t.Errorf("log is %q before there is a record to write", got)
		}
		log.Info("written")
		log.Info("too")
		closed(t, h)
		if got, want := s.text(), note+"5\nlevel=INFO msg=written\nlevel=INFO msg=too"; got != want {
			t.Errorf("log is\n%s\nwant\n%s", got, want)
		}
	})
}

func TestCloseWaitsNoLongerThanItsTimeoutBOX05(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sink{stopped: make(chan struct{})}
		h := logq.New(below(&s), 8)
		log := slog.New(h)
		for range 3 {
			log.Info("never read")
		}
		synctest.Wait() // a record is being written
		start := time.Now()
		if err := h.Close(2 * time.Second); !errors.Is(err, logq.ErrNotWritten) {
			t.Errorf("Close() = %v, want %v", err, logq.ErrNotWritten)
		}
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("Close took %v, want 2s", waited)
		}
		log.Info("too late")
		if got := h.Dropped(); got != 3 {
			t.Errorf("Dropped() = %d, want 3: two that were queued, one that came late", got)
		}
		close(s.stopped) // let the goroutine end
	})
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		h := logq.New(below(&s), 100)
		log := slog.New(h)
		for range 100 {
			log.Info("x")
		}
		closed(t, h)
		closed(t, h) // again
		if got := strings.Count(s.text(), "msg=x"); got != 100 {
			t.Errorf("%d records written, want 100", got)
		}
	})
}

// A value is resolved when it is logged.
func TestHandlerResolvesValuesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sink{stopped: make(chan struct{})}
		h := logq.New(below(&s), 8)
		var n counter
		slog.New(h).Info("x", "n", &n, slog.Group("g", "n", &n))
		n = 7
		close(s.stopped)
		closed(t, h)
		if got, want := s.text(), "level=INFO msg=x n=0 g.n=0"; got != want {
			t.Errorf("log is %q, want %q", got, want)
		}
	})
}

type counter int

func (c *counter) LogValue() slog.Value { return slog.IntValue(int(*c)) }

func TestHandlerOfManyGoroutines(t *testing.T) {
	var out bytes.Buffer
	h := logq.New(slog.NewTextHandler(&out, nil), 16)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			log := slog.New(h).With("a", 1)
			for range 1000 {
				log.Log(context.Background(), slog.LevelInfo, "x")
			}
		})
	}
	wg.Wait()
	if err := h.Close(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	written := uint64(strings.Count(out.String(), "msg=x"))
	if written+h.Dropped() != 8000 {
		t.Errorf("%d written and %d dropped, want 8000 together", written, h.Dropped())
	}
}

func TestWrapMakesAQueueOnlyWhereOneIsNeeded(t *testing.T) {
	if _, h := logq.Wrap(slog.New(slog.DiscardHandler), 8); h != nil {
		t.Error("Wrap() of a logger that discards returns a Handler, want none")
	}
	s := new(sink)
	l, h := logq.Wrap(slog.New(slog.NewTextHandler(s, nil)).With("bond", "bond0"), 8)
	if h == nil {
		t.Fatal("Wrap() returns no Handler, want one")
	}
	if _, again := logq.Wrap(l.With("member", "a"), 8); again != nil {
		t.Error("Wrap() of a wrapped logger returns a Handler, want none")
	}
	l.Info("up")
	if err := h.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
	if len(s.lines) != 1 || !strings.HasSuffix(s.lines[0], "msg=up bond=bond0") {
		t.Errorf("lines written: %q, want one with the attribute", s.lines)
	}
}
