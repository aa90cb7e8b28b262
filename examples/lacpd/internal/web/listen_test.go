package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

func TestListenTakesOnlyAddressesOfThisMachine(t *testing.T) {
	for text, allowed := range map[string]string{
		"0.0.0.0:0":                         "an address of this machine alone",
		"[::]:0":                            "an address of this machine alone",
		":0":                                "an address of this machine alone",
		"192.0.2.1:80":                      "-http-allow-remote allows others",
		"example.org:80":                    "an IP address or localhost",
		"9408":                              "an IP address and a port",
		"127.0.0.1:":                        "an IP address and a port",
		"unix:relative":                     "an absolute path",
		"unix:/" + strings.Repeat("x", 200): "a path of at most",
	} {
		l, err := Listen(Address{Text: text, Group: control.NoGroup})
		if err == nil {
			l.Close()
			t.Errorf("%s: it listens, want it refused", text)
		} else if !strings.Contains(err.Error(), "-http "+text) || !strings.Contains(err.Error(), allowed) {
			t.Errorf("%s: %v; want the flag, its value and %q", text, err, allowed)
		}
	}
	for _, a := range []Address{{"127.0.0.1:0", -1, false}, {"localhost:0", -1, false}, {"0.0.0.0:0", -1, true}, {":0", -1, true}} {
		l, err := Listen(a)
		if err != nil {
			t.Errorf("%+v: %v, want a listener", a, err)
			continue
		}
		l.Close()
	}
}

func TestListenAtAUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "web") // a short name, for the socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	l, err := Listen(Address{Text: "unix:" + path, Group: control.NoGroup})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v; want it for its owner alone", info, err)
	}
	s := newServer()
	go s.Serve(l)
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	r, err := client.Get("http://localhost/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if b, err := io.ReadAll(r.Body); err != nil || string(b) != "ok\n" {
		t.Errorf("healthz is %q, %v; want ok", b, err)
	}
	client.CloseIdleConnections()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket still exists: %v", err)
	}
}

// A path where a program answers is refused with the flag of the page.
func TestListenAtAUsedUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "web") // a short name, for the socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	a := Address{Text: "unix:" + filepath.Join(dir, "s"), Group: control.NoGroup}
	l, err := Listen(a)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Listen(a); !errors.Is(err, control.ErrInUse) || !strings.HasPrefix(err.Error(), "-http "+a.Text) || strings.Contains(err.Error(), "-socket") {
		t.Errorf("a second listener: %v, want %v and the flag -http alone", err, control.ErrInUse)
	}
}
