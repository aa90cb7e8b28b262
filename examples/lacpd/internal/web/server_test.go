package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

func newServer(names ...string) *Server {
	return New(Config{Status: oneBond, Log: slog.New(slog.DiscardHandler), Host: "box", Version: "v1.2.3", Names: names})
}

func oneBond() view.Status { return view.Status{Bonds: []view.Bond{{Name: "bond0", Up: true}}} }

// get has a server answer a request for a path, without a network.
func get(s *Server, method, host, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	r.Host = host
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(w, r)
	return w.Result()
}

func TestServerAnswersItsOwnNamesAlone(t *testing.T) {
	s := newServer("box.example.org")
	for host, want := range map[string]int{
		"127.0.0.1:9408": 200, "127.0.0.1": 200, "[::1]:9408": 200, "[::1]": 200, "192.0.2.7:80": 200, "localhost": 200, "LOCALHOST:9408": 200,
		"lacpd.localhost:9408": 200, "box.example.org": 200, "Box.Example.Org:443": 200,
		"rebound.example.net": 421, "rebound.example.net:9408": 421, "localhost.example.net": 421, "127.0.0.1.example.net": 421, "": 421, "box": 421,
	} {
		if got := get(s, "GET", host, "/status.json").StatusCode; got != want {
			t.Errorf("Host %q: %d, want %d", host, got, want)
		}
	}
}

func TestServerIsReadOnly(t *testing.T) {
	s := newServer()
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"} {
		r := get(s, method, "localhost", "/status.json")
		if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q; want 405 and GET, HEAD", method, r.StatusCode, r.Header.Get("Allow"))
		}
	}
	for path, want := range map[string]int{"/": 200, "/healthz": 200, "/index.html": 404, "/nothing": 404, "/metrics": 404, "/../server.go": 404, "/page/main.js": 404} {
		if got := get(s, "GET", "localhost", "http://localhost"+path).StatusCode; got != want && got != http.StatusTemporaryRedirect {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := newServer()
	for _, path := range []string{"/", "/main.js", "/page.css", "/icon.svg", "/status.json", "/nothing"} {
		r := get(s, "GET", "localhost", path)
		for name, want := range headers {
			if got := r.Header.Get(name); got != want && name != "Cache-Control" {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %q", want)
		}
	}
	for _, bad := range []string{"unsafe", "http:", "https:", "*", "data:"} {
		if strings.Contains(policy, bad) {
			t.Errorf("the policy has %q", bad)
		}
	}
}

func TestStatusIsThatOfTheSocket(t *testing.T) {
	r := get(newServer(), "GET", "localhost", "/status.json")
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.MarshalIndent(oneBond(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != string(want)+"\n" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s as %q, want the status", b, r.Header.Get("Content-Type"))
	}
}

// start has a server listen. It returns its address.
func start(t *testing.T, s *Server) string {
	t.Helper()
	l, err := Listen(Address{Text: "127.0.0.1:0", Group: -1})
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// watch opens /events and returns its lines.
func watch(t *testing.T, address string) (*bufio.Scanner, *http.Response) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), netlab.Patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	return lines, answer
}

// next returns the next event of a name.
func next(t *testing.T, lines *bufio.Scanner, name string) (data string) {
	t.Helper()
	for lines.Scan() {
		if lines.Text() == "event: "+name && lines.Scan() {
			return strings.TrimPrefix(lines.Text(), "data: ")
		}
	}
	t.Fatalf("the events end without a %s: %v", name, lines.Err())
	return ""
}

func TestEventsBringTheStatusAndEachTransition(t *testing.T) {
	s := newServer()
	lines, answer := watch(t, start(t, s))
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("the type is %q, want text/event-stream", got)
	}
	if got, want := next(t, lines, "hello"), `{"host":"box","version":"v1.2.3"}`; got != want {
		t.Errorf("hello is %s, want %s", got, want)
	}
	if got := next(t, lines, "timeline"); got != "[]" {
		t.Errorf("the timeline is %s, want an empty one", got)
	}
	if got := next(t, lines, "status"); !strings.Contains(got, `"name":"bond0"`) || !strings.Contains(got, `"at":"`) || !strings.Contains(got, `"words":{"bond0":{}}`) {
		t.Errorf("the status is %s, want bond0 with a time and words", got)
	}
	e := bond.Event{At: time.Unix(9, 0).UTC(), Kind: bond.EventMember, Member: "eth1", Reason: lacp.Reason{Code: lacp.ReasonLinkDown}}
	s.Note("bond0", &e)
	if got, want := next(t, lines, "transition"), `{"at":"1970-01-01T00:00:09Z","bond":"bond0","member":"eth1","severity":"error","text":"has no link"}`; got != want {
		t.Errorf("the transition is %s, want %s", got, want)
	}
	next(t, lines, "status")
	late, _ := watch(t, strings.TrimPrefix(answer.Request.URL.Host, "http://"))
	if got := next(t, late, "timeline"); !strings.Contains(got, "has no link") {
		t.Errorf("the timeline of a later client is %s, want the transition in it", got)
	}
}

func TestWatchersAreBounded(t *testing.T) {
	s := newServer()
	address := start(t, s)
	for range maxWatchers {
		lines, _ := watch(t, address)
		next(t, lines, "hello")
	}
	_, answer := watch(t, address)
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("one more watcher: %s, Retry-After %q; want 503 and a time", answer.Status, answer.Header.Get("Retry-After"))
	}
	if r, err := http.Get("http://" + address + "/healthz"); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("healthz: %v, %v; want 200", r, err)
	}
}

func TestSlowWatcherIsDroppedAndNoneWaitsForIt(t *testing.T) {
	var h hub
	h.init()
	slow, fast := h.join(), h.join()
	for i := range maxQueued + 1 {
		h.send(fmt.Append(nil, i))
		if got := string(<-fast.events); got != fmt.Sprint(i) {
			t.Fatalf("event %s, want %d", got, i)
		}
	}
	select {
	case <-slow.behind:
	default:
		t.Error("the slow watcher was not dropped")
	}
	select {
	case <-fast.behind:
		t.Error("the fast watcher was dropped")
	default:
	}
	if len(slow.events) != maxQueued || len(h.watchers) != 1 {
		t.Errorf("%d events wait for the slow watcher, %d watchers are left; want %d and 1", len(slow.events), len(h.watchers), maxQueued)
	}
}

func TestTimelineIsBoundedAndLeavesOutWhatIsKnown(t *testing.T) {
	var l timeline
	up := bond.Event{Kind: bond.EventBond, Up: true}
	if l.add("bond0", &up) == nil || l.add("bond0", &up) != nil || l.add("bond1", &up) == nil {
		t.Error("want the first state of each bond and not the same again")
	}
	for i := range 2 * maxTransitions {
		l.add("bond0", &bond.Event{Kind: bond.EventBond, Up: i%2 == 1})
	}
	if n := len(l.all()); n != maxTransitions {
		t.Errorf("%d transitions are kept, want %d", n, maxTransitions)
	}
	for k := bond.EventBond; k <= bond.EventBalanced; k++ {
		if severity, text := describe(&bond.Event{Kind: k, Detail: "detail"}); (severity == "") != (text == "") {
			t.Errorf("%v: severity %q and text %q, want both or neither", k, severity, text)
		}
	}
}

// The server sends nothing to a client that does not finish its request, and frees its place.
func TestConnectionsAreBounded(t *testing.T) {
	s := newServer()
	s.http.ReadHeaderTimeout = 100 * time.Millisecond
	address := start(t, s)
	for range maxConns {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: loc"); err != nil {
			t.Fatal(err)
		}
	}
	client := http.Client{Timeout: netlab.Patience}
	if r, err := client.Get("http://" + address + "/healthz"); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("healthz after %d clients that stall: %v, %v; want 200", maxConns, r, err)
	}
}
