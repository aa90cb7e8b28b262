package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// bed is a server whose clients are connected in memory, in virtual time.
type bed struct {
	*Server
	results chan any // of accept: net.Conn or error
	log     bytes.Buffer
}

// newBed starts a server with commands for tests. It ends with the bubble's test.
func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{results: make(chan any)}
	b.Server = &Server{
		Status: func() any { return map[string]int{"bonds": 1} },
		Log:    slog.New(slog.NewTextHandler(&b.log, nil)),
		Commands: []Command{
			{Name: "echo", Run: func(_ context.Context, call *Call) (any, error) {
				var args struct {
					Text string `json:"text"`
				}
				err := call.Args(&args)
				return args.Text, err
			}},
			{Name: "change", Changes: true, Run: func(_ context.Context, call *Call) (any, error) { return call.Peer.UID, nil }},
			{Name: "fall", Run: func(context.Context, *Call) (any, error) { panic("over a stone") }},
			{Name: "stall", Changes: true, Run: func(ctx context.Context, _ *Call) (any, error) { <-ctx.Done(); return nil, ctx.Err() }},
			{Name: "wait", Run: func(ctx context.Context, _ *Call) (any, error) { <-ctx.Done(); return nil, ctx.Err() }},
		},
		group: NoGroup, identify: func(net.Conn) Peer { return Peer{UID: 0} },
	}
	return b
}

func (b *bed) start(t *testing.T) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.serve(func() (net.Conn, error) {
			switch r := (<-b.results).(type) {
			case error:
				return nil, r
			case net.Conn:
				return r, nil
			}
			return nil, net.ErrClosed
		})
	}()
	t.Cleanup(func() { b.results <- net.ErrClosed; <-done })
}

// connect returns the client's end of a new connection.
func (b *bed) connect(t *testing.T) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	b.results <- theirs
	t.Cleanup(func() { ours.Close() })
	return ours
}

// ask sends one request and returns the answer.
func (b *bed) ask(t *testing.T, request string) Answer {
	t.Helper()
	conn := b.connect(t)
	send(t, conn, request)
	a := receive(t, bufio.NewReader(conn))
	conn.Close()
	return a
}

func send(t *testing.T, conn net.Conn, request string) {
	t.Helper()
	if _, err := io.WriteString(conn, request+"\n"); err != nil {
		t.Errorf("request %s: %v", clip(request), err)
	}
}

func receive(t *testing.T, in *bufio.Reader) (a Answer) {
	t.Helper()
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	if err != nil {
		t.Errorf("answer %q: %v", line, err)
	}
	return a
}

func TestSilentClientGetsTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.start(t)
		conn := b.connect(t)
		start := time.Now()
		got, err := io.ReadAll(conn)
		if want := "{\n  \"bonds\": 1\n}\n"; err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		if took := time.Since(start); took != silence {
			t.Errorf("the status came after %v, want %v", took, silence)
		}
	})
}

func TestRequestsAreAnsweredOneAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.start(t)
		conn := b.connect(t)
		in := bufio.NewReader(conn)
		for i, text := range []string{"a", "ä<&>", strings.Repeat("long ", 20_000)} {
			raw, err := encode(map[string]string{"text": text})
			if err != nil {
				t.Fatal(err)
			}
			line, err := encode(Request{ID: uint64(i), Command: "echo", Args: raw})
			if err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = conn.Write(line) }()
			a := receive(t, in)
			var got string
			if err := json.Unmarshal(a.Result, &got); err != nil || got != text || a.ID != uint64(i) || a.Version != Version || a.Error != nil {
				t.Errorf("answer %d is %.80q with error %v, want version 1 and %.80q", a.ID, got, a.Error, text)
			}
		}
	})
}

// TestRefusalsNameTheirField checks that a request that can't be used is refused with the
// field, its value and what is allowed.
func TestRefusalsNameTheirField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.start(t)
		for _, tt := range []struct{ request, kind, field, value, allowed string }{
			{"", KindRefused, "request", "", "one JSON object"},
			{"status", KindRefused, "request", "status", "one JSON object"},
			{"[]", KindRefused, "request", "array", "control.Request"},
			{`{"command":"echo"}{}`, KindRefused, "request", `{"command":"echo"}{}`, "one JSON object"},
			{`{"comand":"echo"}`, KindRefused, "comand", "an unknown key", "the keys"},
			{`{"":1}`, KindRefused, `""`, "an unknown key", "the keys"},
			{`{"command":7}`, KindRefused, "command", "number", "string"},
			{`{"id":-1,"command":"echo"}`, KindRefused, "id", "number -1", "uint64"},
			{`{"version":9,"command":"echo"}`, KindRefused, "version", "9", "1"},
			{`{"command":"fly"}`, KindRefused, "command", "fly", "change, echo, fall, stall, wait"},
			{`{"command":"echo","args":[1]}`, KindRefused, "args", "array", ""},
			{`{"command":"echo","args":{"text":1}}`, KindRefused, "text", "number", "string"},
			{`{"command":"echo","args":{"size":1}}`, KindRefused, "size", "an unknown key", "the keys"},
			{`{"command":"` + strings.Repeat("x", 5000) + `"}`, KindRefused, "command", strings.Repeat("x", maxValue) + "...", "echo"},
		} {
			e := b.ask(t, tt.request).Error
			if e == nil || e.Kind != tt.kind || e.Field != tt.field || e.Value != tt.value || !strings.Contains(e.Allowed, tt.allowed) || e.Message == "" {
				t.Errorf("%.60s: error is %+v, want %s %s: %s, allowed: %s", tt.request, e, tt.kind, tt.field, tt.value, tt.allowed)
			}
		}
	})
}

func TestTooLongRequestIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.start(t)
		conn := b.connect(t)
		go func() { _, _ = conn.Write(bytes.Repeat([]byte("x"), 2*maxRequest)) }()
		if e := receive(t, bufio.NewReader(conn)).Error; e == nil || e.Field != "request" || !strings.Contains(e.Value, "more than") {
			t.Errorf("error is %+v, want the request refused as too long", e)
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("then the client gets %v, want its connection closed", err)
		}
	})
}

// TestFewLargeRequestsAtOnce checks that the memory for requests is bounded, and that small ones
// are answered meanwhile.
func TestFewLargeRequestsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.start(t)
		large := `{"command":"wait","args":{"text":"` + strings.Repeat("x", smallRequest) + `"}}`
		for range maxLarge {
			send(t, b.connect(t), large)
		}
		synctest.Wait()
		start := time.Now()
		conn := b.connect(t)
		go func() { _, _ = conn.Write([]byte(large + "\n")) }()
		if e := receive(t, bufio.NewReader(conn)).Error; e == nil || e.Kind != KindBusy || e.Field != "request" {
			t.Errorf("one too many: error %+v, want busy", e)
		}
		if e := b.ask(t, `{"command":"echo"}`).Error; e != nil {
			t.Errorf("a small request: error %+v, want none", e)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("they waited %v, want 0", took)
		}
		time.Sleep(runTime)
		synctest.Wait()
		conn = b.connect(t)
		send(t, conn, strings.Replace(large, "wait", "echo", 1))
		if e := receive(t, bufio.NewReader(conn)).Error; e != nil {
			t.Errorf("once the others are done: error %+v, want none", e)
		}
	})
}

func TestOnlySomeMayChangeSomething(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.group = 50
		b.start(t)
		for _, tt := range []struct {
			peer Peer
			may  bool
		}{
			{Peer{UID: 0}, true},
			{Peer{UID: syscall.Getuid()}, true},
			{Peer{UID: 1234, Groups: []int{7, 50}}, true},
			{Peer{UID: 1234, Groups: []int{7}}, false},
			{stranger, false},
		} {
			b.identify = func(net.Conn) Peer { return tt.peer }
			if e := b.ask(t, `{"command":"change"}`).Error; (e == nil) != tt.may || e != nil && (e.Kind != KindDenied || e.Field != "command") {
				t.Errorf("%+v changes something: error %+v, want it allowed: %v", tt.peer, e, tt.may)
			}
			if e := b.ask(t, `{"command":"echo"}`).Error; e != nil {
				t.Errorf("%+v reads something: error %+v, want none", tt.peer, e)
			}
		}
		b.group = NoGroup
		b.identify = func(net.Conn) Peer { return Peer{UID: 1234, Groups: []int{NoGroup}} }
		if e := b.ask(t, `{"command":"change"}`).Error; e == nil || e.Kind != KindDenied {
			t.Errorf("error without a group is %+v, want it denied", e)
		}
	})
}

func TestPanicOfACommandIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.start(t)
		if e := b.ask(t, `{"command":"fall"}`).Error; e == nil || e.Kind != KindFailed || e.Message != "fall: lacpd gave up: over a stone" {
			t.Errorf("error is %+v, want the panic", e)
		}
		synctest.Wait()
		if !strings.Contains(b.log.String(), "over a stone") {
			t.Errorf("the log lacks the panic:\n%s", &b.log)
		}
	})
}

// TestChangesThatWaitHoldUpNothingElse checks that changes have places of their own, and that
// one too many is refused at once.
func TestChangesThatWaitHoldUpNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.start(t)
		for range maxChanges {
			send(t, b.connect(t), `{"command":"stall"}`)
		}
		synctest.Wait()
		start := time.Now()
		if e := b.ask(t, `{"command":"change"}`).Error; e == nil || e.Kind != KindBusy {
			t.Errorf("error is %+v, want busy", e)
		}
		if e := b.ask(t, `{"command":"echo"}`).Error; e != nil {
			t.Errorf("a command that changes nothing fails: %+v", e)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it waited %v, want 0", took)
		}
		if e := b.ask(t, `{"command":"wait"}`).Error; e == nil || e.Kind != KindFailed || time.Since(start) != runTime {
			t.Errorf("error after %v is %+v, want the end of the time for a command", time.Since(start), e)
		}
	})
}

// TestClientsThatDoNotReadAreGivenUpBOX19 checks that clients that keep lacpd waiting delay
// others by patience at most.
func TestClientsThatDoNotReadAreGivenUpBOX19(t *testing.T) {
	for name, request := range map[string]string{"nothing sent": "", "half a request": `{"comm`, "answer not read": `{"command":"echo"}` + "\n"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t)
			b.Status = func() any { return 0 }
			b.start(t)
			start := time.Now()
			var held []net.Conn
			for range maxClients {
				conn := b.connect(t) // a write waits until the other end reads
				held = append(held, conn)
				if request != "" {
					if _, err := io.WriteString(conn, request); err != nil {
						t.Fatal(err)
					}
				}
			}
			synctest.Wait()
			if e := b.ask(t, `{"command":"echo"}`).Error; e != nil {
				t.Errorf("%s: the next client gets %+v", name, e)
			}
			if took := time.Since(start); took > patience+silence {
				t.Errorf("%s: the next client waited %v, want at most %v", name, took, patience+silence)
			}
			time.Sleep(idleTime)
			synctest.Wait()
			for _, c := range held {
				if _, err := io.ReadAll(c); err != nil {
					t.Errorf("%s: a client that kept lacpd waiting gets %v, want its connection closed", name, err)
				}
			}
		})
	}
}

// TestClientsAreAcceptedAgainAfterAcceptFailedBOX19 checks that the socket waits for a
// descriptor if none is left, and logs that once.
func TestClientsAreAcceptedAgainAfterAcceptFailedBOX19(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.start(t)
		start := time.Now()
		for range 12 {
			b.results <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		// 5, 10, 20, ... 640 ms, and 1 s three times.
		if got, want := time.Since(start), 1275*time.Millisecond+3*time.Second; got != want {
			t.Errorf("12 failures took %v, want %v", got, want)
		}
		if e := b.ask(t, `{"command":"echo"}`).Error; e != nil {
			t.Errorf("the next client gets %+v", e)
		}
		if got := strings.Count(b.log.String(), "too many open files"); got != 1 {
			t.Errorf("logged %d times, want once:\n%s", got, &b.log)
		}
		if want := `level=INFO msg="socket accepts clients again"`; !strings.Contains(b.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &b.log)
		}
	})
}

// TestSlowWatcherLosesEventsAndIsToldHowMany checks that a watcher that does not read never
// blocks the command, and learns what it missed.
func TestSlowWatcherLosesEventsAndIsToldHowMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		var ended atomic.Bool
		const events = 1000
		b.Commands = append(b.Commands, Command{Name: "watch", Watch: func(ctx context.Context, _ *Call, put func(any)) error {
			for i := range events {
				put(i)
			}
			<-ctx.Done()
			ended.Store(true)
			return ctx.Err()
		}})
		b.start(t)
		conn := b.connect(t)
		send(t, conn, `{"id":5,"command":"watch"}`)
		synctest.Wait()
		in := bufio.NewReader(conn)
		got, missed, last := 0, 0, -1
		for last != events-1 {
			a := receive(t, in)
			if err := json.Unmarshal(a.Event, &last); err != nil || a.ID != 5 {
				t.Fatalf("answer %+v: %v", a, err)
			}
			got++
			missed += a.Missed
			if last != got+missed-1 {
				t.Fatalf("event %d came after %d others and %d missed", last, got-1, missed)
			}
		}
		if got > maxQueued+1 || got < maxQueued {
			t.Errorf("%d of %d events came, %d missed, want about %d", got, events, missed, maxQueued)
		}
		conn.Close()
		synctest.Wait()
		if !ended.Load() {
			t.Error("the command goes on after its client is gone")
		}
	})
}

// TestWatchEndsWithItsCommand checks that a watcher gets all events and then the error.
func TestWatchEndsWithItsCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.Commands = append(b.Commands, Command{Name: "watch", Watch: func(_ context.Context, call *Call, put func(any)) error {
			put("one")
			put("two")
			return Refused("bond", "b", "a")
		}})
		b.start(t)
		conn := b.connect(t)
		send(t, conn, `{"command":"watch"}`)
		in := bufio.NewReader(conn)
		for _, want := range []string{`"one"`, `"two"`} {
			if a := receive(t, in); string(a.Event) != want {
				t.Errorf("event is %s, want %s", a.Event, want)
			}
		}
		if a := receive(t, in); a.Error == nil || a.Error.Field != "bond" {
			t.Errorf("last answer is %+v, want the error", a)
		}
	})
}
