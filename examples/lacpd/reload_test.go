package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
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
	o := options{config: file, socket: socketPath(t), stateDir: "state", reload: hangups}
	h := newFakeHost("")
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

	reload("bonds:\n- {name: a, ports: [nic9]}\n", "configuration refused")
	if len(h.opened) != 2 || h.opened[0].closed || !slices.Equal(h.opened[0].cfg.Interfaces, []string{"eth1", "eth2"}) {
		t.Fatalf("a file that is refused has changed something: %+v", h.opened)
	}
	// eth2 leaves a for c, b goes.
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

func TestConfigOfPolicies(t *testing.T) {
	got, err := parseConfig("f", []byte(strings.Join([]string{"bonds:", "- name: b", "  ports: [eth1, eth2]", "  min_links: 1", "  max_links: 2",
		"  ad_select: bandwidth", "  lacp_fallback: one", "  lacp_fallback_timeout: 90", "  primary: eth2", "  updelay: 200", "  downdelay: 100",
		"  coupled_control: true", "  aggregate_wait: 500"}, "\n")), testHost)
	if err != nil {
		t.Fatal(err)
	}
	var c bond.Config
	got[0].apply(&c)
	if c.MinLinks != 1 || c.LACP.MaxLinks != 2 || c.LACP.Policy != lacp.PolicyBandwidth || c.LACP.Fallback != lacp.FallbackOne ||
		c.LACP.FallbackTimeout != 90*time.Second || c.Primary != "eth2" || c.UpDelay != 200*time.Millisecond || c.DownDelay != 100*time.Millisecond ||
		!c.CoupledControl || c.AggregateWait != 500*time.Millisecond {
		t.Errorf("%+v", c)
	}
	for _, line := range []string{"primary: eth3", "min_links: 3\n  max_links: 2", "ad_select: best", "lacp_fallback: two", "lacp_fallback_timeout: 3601", "updelay: -1", "max_links: 257", "coupled_control: 1", "aggregate_wait: 2001"} {
		if _, err := parseConfig("f", []byte("bonds:\n- name: b\n  ports: [eth1, eth2]\n  "+line+"\n"), testHost); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}

// A wait of 0 in the file is none: the bond's 0 means the standard's 2 s.
func TestConfigOfNoWait(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": -1, "2000": 2 * time.Second} {
		got, err := parseConfig("f", []byte("bonds:\n- name: b\n  ports: [eth1]\n  aggregate_wait: "+text+"\n"), testHost)
		if err != nil {
			t.Fatal(err)
		}
		var c bond.Config
		got[0].apply(&c)
		if c.AggregateWait != want {
			t.Errorf("aggregate_wait %s is %v, want %v", text, c.AggregateWait, want)
		}
	}
}
