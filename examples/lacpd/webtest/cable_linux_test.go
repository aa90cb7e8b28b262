package webtest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

// promised is how soon a pulled cable shows on the page.
const promised = time.Second

// build builds lacpd.
func build(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "lacpd")
	if out, err := netlab.BuildCommand("..", file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// run starts lacpd in a namespace with a page at a Unix socket, whose path it returns.
func run(t *testing.T, file string, ns *netlab.NS, config string) (socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "lacpd") // a short name, for the sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "lacpd.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, "http")
	cmd := exec.Command(file, "run", "-config", path, "-socket", filepath.Join(dir, "s"), "-state-dir", filepath.Join(dir, "state"), "-http", "unix:"+socket)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := ns.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(unix.SIGTERM) // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("log of lacpd:\n%s", &stderr)
		}
	})
	return socket
}

// forward lets a browser reach a Unix socket. It returns the address of the page.
func forward(t *testing.T, socket string) string {
	t.Helper()
	here, err := url.Parse("http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(here)
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	proxy.ErrorLog = log.New(io.Discard, "", 0) // of the time before lacpd listens
	s := httptest.NewServer(proxy)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	netlab.Await(t, "an answer of lacpd at "+socket, func() bool {
		r, err := http.Get(s.URL + "/healthz")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body) // a part is not ok
		return string(b) == "ok\n"
	})
	return s.URL + "/"
}

// TestPulledCableShowsWithinASecond bonds two lacpds in namespaces and pulls a cable at the
// other end.
func TestPulledCableShowsWithinASecond(t *testing.T) {
	b := newTab(t, 1200, 900) // skips without a browser
	near, far := netlab.New(t), netlab.New(t)
	for _, name := range []string{"v0", "v1"} {
		netlab.Pair(t, near, name, far, name)
	}
	const config = "bonds:\n- {name: bond0, ports: [v0, v1], lacpdu_rate: FAST, aggregate_wait: 0}\n"
	file := build(t)
	run(t, file, far, config)
	b.open(forward(t, run(t, file, near, config)))
	b.until(`document.querySelectorAll('.cables [data-state="carry"]').length == 2`)
	b.do(`globalThis.seen = 0; new MutationObserver(() => {
		if (!seen && document.querySelector('.cables [data-state="down"]')) seen = Date.now();
	}).observe(document.body, { subtree: true, childList: true, attributes: true })`)

	late, stop := netlab.WatchLateness()
	defer stop()
	pulled := far.Down(t, "v1")
	b.until(`globalThis.seen > 0`)
	took := time.UnixMilli(value[int64](b, `globalThis.seen`)).Sub(pulled)
	slack := late.Slack(pulled)
	t.Logf("the pulled cable shows after %v", took.Round(time.Millisecond))
	if took > promised+slack {
		t.Errorf("the pulled cable shows after %v, want within %v and %v for a busy machine", took, promised, slack)
	}
	b.until(`document.querySelector(".findings").innerText.includes("v1 has no link")`)
	text := b.text()
	for _, want := range []string{"on 1 of 2 links", "Check the cable and that both interfaces are up.", "v1 carries data", "v1 has no link", "bond0 is up"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	far.Up(t, "v1")
	b.until(`document.querySelectorAll('.cables [data-state="carry"]').length == 2`)
	b.quiet()
}
