package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/metrics"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
)

// startFake runs lacpd with bonds that do nothing and returns its socket.
func startFake(t *testing.T, flags func(*runFlags)) string {
	t.Helper()
	a := &runFlags{config: "testdata/lacpd.yaml", socket: socketPath(t), stateDir: "state"}
	if flags != nil {
		flags(a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	log := &logBuffer{line: make(chan struct{}, 1)}
	done := make(chan int, 1)
	go func() { done <- runDaemon(ctx, a, newFakeHost().host, log) }()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("lacpd exits with %d:\n%s", code, log)
		}
	})
	log.await(t, "msg=running")
	return a.socket
}

func TestMetricsArePrintedAndWritten(t *testing.T) {
	socket := startFake(t, nil)
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"metrics", "-socket", socket}, &out, &errOut); code != exitOK {
		t.Fatalf("metrics exits with %d: %s", code, &errOut)
	}
	const want = `bond_up{bond="bond1"} 1`
	if !strings.Contains(out.String(), want+"\n") {
		t.Errorf("the metrics lack %s:\n%s", want, &out)
	}
	path := filepath.Join(t.TempDir(), "lacpd.prom")
	out.Reset()
	if code := run(t.Context(), []string{"metrics", "-textfile", path, "-socket", socket}, &out, &errOut); code != exitOK || out.Len() > 0 {
		t.Fatalf("metrics exits with %d, prints %q: %s", code, &out, &errOut)
	}
	file, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(file), want+"\n") {
		t.Errorf("the file is %q, %v; want %s in it", file, err, want)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v; want the file alone", entries, err)
	}
}

// TestTextfileIsRewritten checks that the file comes back after it was removed, and keeps its
// content while lacpd does not answer.
func TestTextfileIsRewritten(t *testing.T) {
	socket := startFake(t, nil)
	path := filepath.Join(t.TempDir(), "lacpd.prom")
	ctx, cancel := context.WithCancel(t.Context())
	log := &logBuffer{line: make(chan struct{}, 1)}
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"metrics", "-textfile", path, "-interval", "1s", "-socket", socket}, log, log)
	}()
	exists := func() bool { _, err := os.Stat(path); return err == nil }
	await(t, "the file is written", netlab.Patience, exists)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	await(t, "the file is written again", netlab.Patience, exists)
	if err := os.Rename(socket, socket+".gone"); err != nil {
		t.Fatal(err)
	}
	log.await(t, "no lacpd answers")
	if !exists() {
		t.Error("the file is gone, want it kept")
	}
	if err := os.Rename(socket+".gone", socket); err != nil {
		t.Fatal(err)
	}
	log.await(t, "is written again")
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("metrics exits with %d, want %d", code, exitOK)
	}
}

func TestMetricsRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"metrics -interval 5s":                    "-interval: allowed only with -textfile",
		"metrics -textfile x.prom -interval 10ms": "allowed: 1s to 24h0m0s",
		"metrics -textfile x.prom -interval soon": "allowed: 1s to 24h0m0s",
	} {
		var out bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), &out, &out); code != exitUsage || !strings.Contains(out.String(), want) {
			t.Errorf("lacpd %s: exit %d and %q, want %d and %q", args, code, &out, exitUsage, want)
		}
	}
}

// TestCountersOfMetricsNeverGoBack lets a member leave and return, and a whole bond be opened
// again: Prometheus would take a lower counter for a restart of lacpd.
func TestCountersOfMetricsNeverGoBack(t *testing.T) {
	const series = `bond_port_sent_frames_total{bond="bond0",port="eth1"} `
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	var ledger view.Ledger
	last := -1
	for i, step := range []struct {
		added, sent int
		present     bool
	}{{0, 10, true}, {0, 70, true}, {9, 4, true}, {9, 0, false}, {20, 1, true}, {20, 3, true}, {30, 0, true}} {
		s := view.Status{Bonds: []view.Bond{{Name: "bond0", Running: true}}}
		if step.present {
			s.Bonds[0].Members = []view.Member{{Name: "eth1", Added: start.Add(time.Duration(step.added) * time.Second), Counters: view.Counters{TxFrames: uint64(step.sent)}}}
		}
		ledger.Apply(&s, start.Add(time.Duration(i)*time.Minute))
		var out strings.Builder
		if err := metrics.Write(&out, &s); err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(out.String(), series)
		if found != step.present {
			t.Errorf("step %d: there is a series: %v, want %v", i, found, step.present)
		}
		if !found {
			continue
		}
		value, _, _ := strings.Cut(rest, "\n")
		now, err := strconv.Atoi(value)
		if err != nil || now < last {
			t.Errorf("step %d: %s after %d, want no less", i, value, last)
		}
		last = now
	}
	if last != 70+4+3 {
		t.Errorf("%d frames in all, want %d", last, 70+4+3)
	}
}
