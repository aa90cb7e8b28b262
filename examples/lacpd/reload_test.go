package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lacpd.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bonds:\n- {name: a, ports: [eth1, eth2]}\n- {name: b, ports: [eth3]}\n")
	hangups := make(chan os.Signal)
	o := &runFlags{config: file, socket: socketPath(t), stateDir: "state", reload: hangups}
	h := newFakeHost()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log := &logBuffer{line: make(chan struct{}, 1)}
	done := make(chan int, 1)
	go func() { done <- runDaemon(ctx, o, h.host, log) }()
	log.await(t, "running")
	reload := func(text, logged string) {
		t.Helper()
		write(text)
		hangups <- syscall.SIGHUP
		log.await(t, logged)
	}

	reload("bonds:\n- {name: a, ports: [nic/9]}\n", "configuration refused")
	if len(h.opened) != 2 || h.opened[0].closed || !slices.Equal(h.opened[0].cfg.Interfaces, []string{"eth1", "eth2"}) {
		t.Fatalf("a refused file changed %+v, want nothing changed", h.opened)
	}
	// eth2 moves from a to c, and b is removed.
	reload("bonds:\n- {name: a, ports: [eth1, eth4], mtu: 9000, max_links: 1, updelay: 200}\n- {name: c, ports: [eth2]}\n", "configuration read again\" bonds=2")
	a, b := h.opened[0], h.opened[1]
	if a.closed || !slices.Equal(a.cfg.Interfaces, []string{"eth1", "eth4"}) || a.cfg.MTU != 9000 || a.cfg.LACP.MaxLinks != 1 || a.cfg.UpDelay != 200*time.Millisecond {
		t.Errorf("a: %+v", a.cfg)
	}
	if !b.closed || len(h.opened) != 3 || h.opened[2].cfg.Name != "c" {
		t.Errorf("b closed: %v, %d opened", b.closed, len(h.opened))
	}
	cancel()
	if code := <-done; code != exitOK || !a.closed || !h.opened[2].closed {
		t.Errorf("exits with %d, bonds closed: %v, %v", code, a.closed, h.opened[2].closed)
	}
}
