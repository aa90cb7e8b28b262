package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// listening is a listener in memory.
type listening struct {
	results chan any // net.Conn or error
}

func (l listening) accept() (net.Conn, error) {
	switch r := (<-l.results).(type) {
	case error:
		return nil, r
	case net.Conn:
		return r, nil
	}
	return nil, net.ErrClosed
}

// ask connects and returns the answer.
func (l listening) ask(t *testing.T) (v view.Status) {
	t.Helper()
	ours, theirs := net.Pipe()
	l.results <- theirs
	if err := json.NewDecoder(ours).Decode(&v); err != nil {
		t.Errorf("answer: %v", err)
	}
	ours.Close()
	return v
}

// TestStatusIsAnsweredAgainAfterAcceptFailedBOX19 checks that the socket waits for a descriptor
// if none is left, and logs that once.
func TestStatusIsAnsweredAgainAfterAcceptFailedBOX19(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := listening{make(chan any)}
		done := make(chan struct{})
		go func() {
			defer close(done)
			serve(l.accept, func() view.Status { return view.Status{Bonds: []view.Bond{{Name: "a"}}} }, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		start := time.Now()
		for range 12 {
			l.results <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		// 5, 10, 20, ... 640 ms, and 1 s three times.
		if got, want := time.Since(start), 1275*time.Millisecond+3*time.Second; got != want {
			t.Errorf("12 failures took %v, want %v", got, want)
		}
		if v := l.ask(t); len(v.Bonds) != 1 || v.Bonds[0].Name != "a" {
			t.Errorf("answer is %+v, want bond a", v)
		}
		if got := strings.Count(log.String(), "too many open files"); got != 1 {
			t.Errorf("logged %d times, want once:\n%s", got, &log)
		}
		if want := `level=INFO msg="status socket accepts clients again"`; !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
		l.results <- net.ErrClosed
		<-done
	})
}

// TestClientsThatDoNotReadAreGivenUpBOX19 checks that clients that do not read delay others by
// clientTime at most.
func TestClientsThatDoNotReadAreGivenUpBOX19(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listening{make(chan any)}
		var asked atomic.Int32
		done := make(chan struct{})
		go func() {
			defer close(done)
			serve(l.accept, func() view.Status { asked.Add(1); return view.Status{} }, slog.New(slog.DiscardHandler))
		}()
		var held []net.Conn
		for range maxClients {
			ours, theirs := net.Pipe() // a write waits until the other end reads
			held = append(held, ours)
			l.results <- theirs
		}
		synctest.Wait()
		if got := asked.Load(); got != maxClients {
			t.Errorf("%d clients are answered at once, want %d", got, maxClients)
		}
		start := time.Now()
		l.ask(t)
		if took := time.Since(start); took != clientTime {
			t.Errorf("the next one waited %v, want %v", took, clientTime)
		}
		synctest.Wait()
		for _, c := range held {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("a client that did not read gets %v, want its connection closed", err)
			}
		}
		l.results <- net.ErrClosed
		<-done
	})
}

// TestLeftoversOfTheSocketAreSweptBOX44 checks that lacpd removes the leftovers of a lacpd that
// was killed while it made its socket.
func TestLeftoversOfTheSocketAreSweptBOX44(t *testing.T) {
	path := socketPath(t)
	left := filepath.Join(filepath.Dir(path), ".lacpd-"+filepath.Base(path)+"-123")
	other := filepath.Join(filepath.Dir(path), ".lacpd-other-123")
	for _, dir := range []string{left, other} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s, err := listenStatus(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s still exists: %v", left, err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("%s, which belongs to another socket, is gone: %v", other, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 2 {
		t.Errorf("directory has %v, want the socket and %s: %v", entries, other, err)
	}
}
