package webtest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/web"
	"github.com/lagkit/lagkit/internal/netlab"
)

// chromiums are names of the browser. The first that exists is used.
var chromiums = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// browser is a headless browser for all tests. Each test has a tab of its own.
var browser = sync.OnceValues(func() (context.Context, string) {
	for _, name := range chromiums {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
			chromedp.NoSandbox, // tests run as root
			chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(netlab.Patience))
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, _ := chromedp.NewContext(allocator) // TestMain ends it with the allocator
		stopBrowser = cancel
		if err := chromedp.Do(ctx); err != nil {
			return nil, path + " does not start: " + err.Error()
		}
		return ctx, ""
	}
	return nil, "needs Chromium: " + strings.Join(chromiums, ", ")
})

// stopBrowser ends the browser.
var stopBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	os.Exit(code)
}

// tab is a page of the browser.
type tab struct {
	context.Context
	t *testing.T

	mu         sync.Mutex
	complaints []string // of the console and of the security policy
}

// newTab opens a tab of a size. It skips the test without a browser.
func newTab(t *testing.T, width, height int64) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: starts a browser")
	}
	parent, lacks := browser()
	if lacks != "" {
		t.Skip(lacks)
	}
	ctx, cancel := chromedp.NewContext(parent)
	ctx, cancelTime := context.WithTimeout(ctx, 2*netlab.Patience)
	t.Cleanup(func() { cancelTime(); cancel() })
	b := &tab{Context: ctx, t: t}
	b.run(chromedp.EmulateViewport(width, height))
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	return b
}

// inLab skips a test that takes half a minute, unless LAGKIT_LAB=1 asks for it.
func inLab(t *testing.T) {
	t.Helper()
	if os.Getenv("LAGKIT_LAB") == "" {
		t.Skip("half a minute: runs with LAGKIT_LAB=1")
	}
}

// listen collects what the console reports.
func (b *tab) listen(event any) {
	var complaint string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			complaint = e.Entry.Text + " " + e.Entry.URL
		}
	case *runtime.EventExceptionThrown:
		complaint = e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			complaint = "console: " + string(e.Type)
		}
	}
	if complaint == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, complaint)
}

// quiet fails the test if the console has reported something.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the browser complains: %s", c)
	}
}

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// open loads a page and waits until it is in contact with lacpd.
func (b *tab) open(url string) {
	b.t.Helper()
	b.run(chromedp.Navigate(url))
	b.until(`document.body.dataset.contact == "live"`)
}

// value returns the value of an expression.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// do evaluates an expression.
func (b *tab) do(expression string) {
	b.t.Helper()
	b.run(chromedp.Evaluate[chromedp.Void](expression))
}

// click clicks the first element that a selector finds.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.run(chromedp.Click(chromedp.CSS(selector)))
}

// until waits until an expression holds.
func (b *tab) until(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(netlab.Patience); !value[bool](b, "Boolean("+expression+")"); {
		if time.Now().After(deadline) {
			b.t.Fatalf("not within %v: %s; the page shows\n%s", netlab.Patience, expression, b.text())
		}
		b.run(chromedp.Sleep(20 * time.Millisecond))
	}
}

// openAll opens every part of the page, also those that are made when others are opened.
func (b *tab) openAll() {
	b.t.Helper()
	b.until(`(() => {
		const closed = [...document.querySelectorAll("details:not([open])")];
		for (const d of closed) d.open = true;
		return !closed.length && [...document.querySelectorAll(".bond")].every((d) => d.querySelector(".cables li")) &&
			[...document.querySelectorAll(".member")].every((d) => d.querySelector(".facts div"));
	})()`)
}

// text returns the text that a reader of the page has.
func (b *tab) text() string { return value[string](b, "document.body.innerText") }

// lacpd serves a page whose status a test sets.
type lacpd struct {
	*web.Server
	url string

	mu     sync.Mutex
	status func() view.Status
}

// serve starts a server with a status.
func serve(t *testing.T, status func() view.Status) *lacpd {
	t.Helper()
	d := &lacpd{status: status}
	d.Server = web.New(web.Config{Status: d.now, Log: slog.New(slog.DiscardHandler), Host: "box-7", Version: "v0.9.0",
		Metrics: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go d.Serve(l)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	d.url = "http://" + l.Addr().String() + "/"
	return d
}

func (d *lacpd) now() view.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status()
}

// set changes the status.
func (d *lacpd) set(status func() view.Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status = status
}

// traffic returns a status of bonds that carry traffic since now.
func traffic(bonds func(scene) []view.Bond) func() view.Status {
	start := time.Now()
	return func() view.Status {
		s := scene{time.Now()}
		return s.status(time.Since(start), bonds(s)...)
	}
}

// again starts a server that has ended at the same address.
func again(t *testing.T, d *lacpd) {
	t.Helper()
	address := strings.Trim(strings.TrimPrefix(d.url, "http:"), "/")
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	d.Server = web.New(web.Config{Status: d.now, Log: slog.New(slog.DiscardHandler), Host: "box-7"})
	go d.Serve(l)
}
