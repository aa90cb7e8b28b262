package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// TestPlaneIsChosen checks which plane carries a bond's frames, by data_plane, the other settings
// and the kernel.
func TestPlaneIsChosen(t *testing.T) {
	tooOld, noTeam := errors.New("needs a newer kernel"), errors.New("the kernel has no team driver")
	for _, c := range []struct {
		settings string
		kernel   error
		team     error
		want     view.DataPlane
		err      error
	}{
		{"", nil, noTeam, view.DataPlane{Name: config.PlaneUser, Why: ""}, nil},
		{"data_plane: user", nil, noTeam, view.DataPlane{Name: config.PlaneUser, Why: ""}, nil},
		{"data_plane: ebpf", nil, noTeam, view.DataPlane{Name: config.PlaneEBPF, Why: ""}, nil},
		{"data_plane: EBPF", tooOld, noTeam, view.DataPlane{Name: config.PlaneEBPF, Why: ""}, tooOld},
		{"data_plane: auto", nil, noTeam, view.DataPlane{Name: config.PlaneEBPF, Why: "the kernel can carry the frames"}, nil},
		{"data_plane: auto", tooOld, noTeam, view.DataPlane{Name: config.PlaneUser, Why: "needs a newer kernel"}, nil},
		{"data_plane: auto, xmit_hash_policy: ENCAP3+4", nil, noTeam, view.DataPlane{Name: config.PlaneUser, Why: "only this process can carry frames with xmit_hash_policy encap3+4"}, nil},
		{"data_plane: auto, xmit_hash_policy: FLOW", nil, noTeam, view.DataPlane{Name: config.PlaneEBPF, Why: "the kernel can carry the frames"}, nil},
		{"data_plane: auto, xmit_hash_policy: FLOW, hash_inner: true", nil, noTeam, view.DataPlane{Name: config.PlaneUser, Why: "only this process can carry frames with hash_inner true"}, nil},
		{"data_plane: auto, xmit_hash_policy: FLOW, hash_symmetric: true", nil, noTeam, view.DataPlane{Name: config.PlaneUser, Why: "only this process can carry frames with hash_symmetric true"}, nil},
		{"data_plane: auto, protocol: SLB", nil, noTeam, view.DataPlane{Name: config.PlaneUser, Why: "only this process can carry frames with protocol SLB"}, nil},
		{"data_plane: team", nil, nil, view.DataPlane{Name: config.PlaneTeam}, nil},
		{"data_plane: TEAM", nil, noTeam, view.DataPlane{Name: config.PlaneTeam}, noTeam},
		{"data_plane: auto", nil, nil, view.DataPlane{Name: config.PlaneEBPF, Why: "the kernel can carry the frames"}, nil},
		{"data_plane: auto", tooOld, nil, view.DataPlane{Name: config.PlaneTeam,
			Why: "the kernel's team driver can carry the frames, its programs can not: needs a newer kernel"}, nil},
		{"data_plane: auto, xmit_hash_policy: FLOW", tooOld, nil, view.DataPlane{Name: config.PlaneUser, Why: "needs a newer kernel"}, nil},
		{"data_plane: auto, protocol: ROUNDROBIN", nil, noTeam, view.DataPlane{Name: config.PlaneEBPF, Why: "the kernel can carry the frames"}, nil},
	} {
		f := config.Parse("file", fmt.Appendf(nil, "bonds:\n- {name: b, ports: [eth1, eth2], %s}\n", c.settings))
		if err := f.Refused(); err != nil {
			t.Errorf("%s: %v", c.settings, err)
			continue
		}
		got, err := choosePlane(&f.Bonds[0], kernels{func() error { return c.kernel }, func() error { return c.team }})
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s, kernel says %v, %v: plane %+v, %v; want %+v, %v", c.settings, c.kernel, c.team, got, err, c.want, c.err)
		}
	}
}

// TestKernelIsCheckedUntilItSucceeds: each bond and each reload ask again.
func TestKernelIsCheckedUntilItSucceeds(t *testing.T) {
	answers := []error{errors.New("no descriptor left"), nil}
	calls := 0
	check := untilItSucceeds(func() error { calls++; return answers[calls-1] })
	for i, want := range []error{answers[0], nil, nil} {
		if err := check(); !errors.Is(err, want) {
			t.Errorf("call %d: %v, want %v", i, err, want)
		}
	}
	if calls != 2 {
		t.Errorf("the kernel was asked %d times, want 2", calls)
	}
}

// TestPlaneThatCanNotBeIsRefused: a file that demands what programs in the kernel can't do names
// both settings.
func TestPlaneThatCanNotBeIsRefused(t *testing.T) {
	for settings, want := range map[string]string{
		"protocol: SLB":                                               "because of protocol SLB",
		"xmit_hash_policy: ENCAP2+3":                                  "because of xmit_hash_policy encap2+3",
		"xmit_hash_policy: FLOW, hash_inner: true":                    "because of hash_inner true",
		"balance_interval: 10, data_plane: team":                      "because of balance_interval 10s",
		"xmit_hash_policy: FLOW, data_plane: team":                    "because of xmit_hash_policy flow",
		"protocol: ROUNDROBIN, packets_per_port: 2, data_plane: team": "because of packets_per_port 2",
		"protocol: FAILOVER, mac_policy: ACTIVE, data_plane: team":    "because of mac_policy ACTIVE",
	} {
		if !strings.Contains(settings, "data_plane") {
			settings += ", data_plane: ebpf"
		}
		err := config.Parse("file", fmt.Appendf(nil, "bonds:\n- {name: b, ports: [eth1], %s}\n", settings)).Refused()
		if err == nil || !strings.Contains(err.Error(), "data_plane") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a refusal of data_plane %s", settings, err, want)
		}
	}
}

// TestKernelPlaneSurvivesAKill: the next start leaves the ports alone that still carry frames, and
// continues from the state that was last saved.
func TestKernelPlaneSurvivesAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "bonds:\n- {name: a, ports: [eth1, eth2], data_plane: ebpf}\n- {name: b, ports: [eth3]}\n")
		b.run(t)
		state := lacp.Saved{At: time.Now(), Ports: []lacp.SavedPort{{Mux: lacp.MuxDistributing, Aggregator: 1, Valid: time.Second,
			Actor: lacp.Info{Port: lacp.PortID{Number: 1}}}}}
		if b.host.opened[1].cfg.Saved != nil {
			t.Error("a bond whose plane ends with lacpd saves its state")
		}
		b.host.opened[0].cfg.Saved(state)
		if got := kernelPorts(b.bonds(t), b.host.kernels()); !slices.Equal(got, []string{"eth1", "eth2"}) {
			t.Errorf("ports that are not restored: %q, want eth1 and eth2", got)
		}
		next := newDaemon(b.args, b.host.host, b.daemon.log)
		if err := next.start(b.bonds(t)); err != nil {
			t.Fatal(err)
		}
		if got := b.host.opened[2].cfg.Restore; got == nil || len(got.Ports) != 1 || !got.At.Equal(state.At) {
			t.Errorf("the next start restores %+v, want %+v", got, state)
		}
		if err := next.close(); err != nil {
			t.Fatal(err)
		}
		if got := next.restored("a"); got != nil {
			t.Errorf("after an orderly end %+v is left, want nothing", got)
		}
	})
}

// TestPlaneChanges: a reload that asks for another plane opens the bond again.
func TestPlaneChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "bonds:\n- {name: a, ports: [eth1, eth2]}\n")
		b.run(t)
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1, eth2], data_plane: auto}\n")
		if n := len(b.host.opened); n != 2 || !b.host.opened[0].closed || b.host.opened[1].closed {
			t.Fatalf("%d bonds were opened, want the first closed and a second open", n)
		}
		if got, want := b.view().Bonds[0].DataPlane, (view.DataPlane{Name: config.PlaneEBPF, Why: "the kernel can carry the frames"}); got != want {
			t.Errorf("status shows the plane %+v, want %+v", got, want)
		}
		var out strings.Builder
		shown := b.view()
		if err := render.Text(&out, &shown, nil, time.Now(), 0); err != nil || !strings.Contains(out.String(), "  data plane ebpf: the kernel can carry the frames\n") {
			t.Errorf("status prints %q, %v; want the plane and why", out.String(), err)
		}
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1, eth2], data_plane: auto, lacpdu_rate: FAST}\n")
		if n := len(b.host.opened); n != 2 {
			t.Errorf("%d bonds were opened after another change, want still 2", n)
		}
	})
}

// TestLeftoversOfAKillAreRemoved: lacpd removes what a killed one left in the kernel, of bonds that
// the file no longer has, and of bonds whose frames now pass through
// the process; and a TAP device of a warm end whose frames the kernel carries now.
func TestLeftoversOfAKillAreRemoved(t *testing.T) {
	b := newBench(t, "bonds:\n- {name: a, ports: [eth1]}\n- {name: b, ports: [eth2], data_plane: ebpf}\n- {name: c, ports: [eth3]}\n- {name: d, ports: [eth4], data_plane: auto}\n")
	for _, name := range []string{"a", "b", "gone"} {
		if err := writeFile(b.savedFile(name), nil); err != nil {
			t.Fatal(err)
		}
	}
	links := append(testLinks(), hostLink{index: 101, name: "a", kind: "veth", left: true}, hostLink{index: 102, name: "b", kind: "veth", left: true},
		hostLink{index: 103, name: "c", kind: "tun", left: true}, hostLink{index: 104, name: "d", kind: "tun", left: true})
	b.host.links = func() (hostLinks, error) { return links, nil }
	b.daemon.host = b.host.host
	if err := b.start(b.bonds(t)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "gone"}; !slices.Equal(b.host.removed, want) {
		t.Errorf("removed from the kernel: %q, want %q", b.host.removed, want)
	}
	if want := []string{"d"}; !slices.Equal(b.host.removedTAPs, want) {
		t.Errorf("TAP devices removed: %q, want %q", b.host.removedTAPs, want)
	}
	if _, err := os.Stat(b.savedFile("gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state of the bond that is gone: %v, want it removed", err)
	}
}

// TestPlaneThatCanNotBeKeepsTheBond: a reload that asks for a plane that lacpd can't have leaves the
// bond as it is, apart from its other settings.
func TestPlaneThatCanNotBeKeepsTheBond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "bonds:\n- {name: a, ports: [eth1, eth2, eth3]}\n")
		b.run(t)
		b.host.noKernel = errNoBPF
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1, eth2], data_plane: ebpf, lacpdu_rate: FAST}\n")
		a := b.opened("a")
		if len(b.host.opened) != 1 || a.closed {
			t.Fatalf("%d bonds were opened, the first closed: %v, want it to stay open", len(b.host.opened), a.closed)
		}
		if want := []string{"eth1", "eth2"}; !slices.Equal(a.cfg.Interfaces, want) || a.cfg.Rate.String() != "FAST" {
			t.Errorf("the bond has %q and the rate %v, want %q and FAST", a.cfg.Interfaces, a.cfg.Rate, want)
		}
		if f := b.bond("a").Fault; f == nil || !strings.Contains(f.Error, "data_plane ebpf: lacpd gave up CAP_BPF") {
			t.Errorf("the status has the fault %+v, want why there is no other plane", f)
		}
		b.host.noKernel = nil
		b.sleep(3 * time.Second)
		if len(b.host.opened) != 2 || !a.closed || b.bond("a").DataPlane.Name != config.PlaneEBPF {
			t.Errorf("%d bonds were opened, want another one once the plane can be had", len(b.host.opened))
		}
	})
}
