package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestHTTPShowsWhatTheSocketShows runs lacpd with -http at a Unix socket.
func TestHTTPShowsWhatTheSocketShows(t *testing.T) {
	path := filepath.Join(filepath.Dir(socketPath(t)), "h")
	socket := startFake(t, func(a *runFlags) { a.http.address = "unix:" + path })
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	get := func(name string) string {
		t.Helper()
		r, err := client.Get("http://localhost" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", name, r.Status, err)
		}
		return string(b)
	}
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"status", "-json", "-socket", socket}, &out, &errOut); code != exitOK {
		t.Fatalf("status exits with %d: %s", code, &errOut)
	}
	if got := get("/status.json"); got != out.String() {
		t.Errorf("/status.json is\n%s\nwant that of the socket\n%s", got, &out)
	}
	for _, want := range []string{`bond_up{bond="bond0"} 1`, `lacp_port_state{bond="bond0"`, "go_goroutines", "process_open_fds"} {
		if text := get("/metrics"); !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s:\n%s", want, text)
		}
	}
	if page := get("/"); !strings.Contains(page, "main.js") {
		t.Errorf("the page is %s, want its script in it", page)
	}
}

func TestRunRefusesAnAddressOfOthers(t *testing.T) {
	h := newFakeHost()
	a := &runFlags{config: "testdata/lacpd.yaml", socket: socketPath(t), stateDir: "state", http: httpFlags{address: "0.0.0.0:0"}}
	log := &logBuffer{line: make(chan struct{}, 1)}
	if code := runDaemon(t.Context(), a, h.host, log); code != exitFailed || !strings.Contains(log.String(), "-http-allow-remote") {
		t.Errorf("lacpd exits with %d, want %d and advice:\n%s", code, exitFailed, log)
	}
	if len(h.opened)+len(h.restored) != 0 {
		t.Error("lacpd touched interfaces, want none touched")
	}
}
