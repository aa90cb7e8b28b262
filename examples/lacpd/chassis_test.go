package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/freeport"
	"github.com/lagkit/lagkit/examples/lacpd/internal/group"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
)

// engineFile has a LAG that the box's own engine decides about, and a bond of this box alone.
const engineFile = `chassis: {group: nas1, name: head-a, number: 2, external: true}
bonds:
- {name: a, ports: [eth1, eth2], lag: uplink, system_mac: '02:00:00:00:00:01'}
- {name: b, ports: [eth3]}
`

// realClock returns a fake host with the clock of the commands.
func realClock() *fakeHost {
	h := newFakeHost()
	h.bootTime = bootTime
	h.hears = true
	return h
}

// bondOf returns the open bond with a name.
func (s *served) bondOf(t *testing.T, name string) *fakeBond {
	t.Helper()
	b := s.host.running(name)
	if b == nil {
		t.Fatalf("bond %s is not open", name)
	}
	return b
}

// running returns the open bond with a name, or nil.
func (h *fakeHost) running(name string) *fakeBond {
	h.opening.Lock()
	defer h.opening.Unlock()
	for _, b := range h.opened {
		if b.cfg.Name == name && !b.isClosed() {
			return b
		}
	}
	return nil
}

func (b *fakeBond) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// permitted reports whether a bond may carry data.
func (b *fakeBond) permitted() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.permission.Until > plane.Clock()
}

// TestChassisCommandsOfAnEngine: an engine permits and stops. Each refusal names the field.
func TestChassisCommandsOfAnEngine(t *testing.T) {
	s := serveOn(t, realClock(), engineFile)
	for _, tt := range []struct {
		args        string
		code        int
		out, errOut string // their beginnings
	}{
		{"chassis status", 0, "group nas1, this is head-a (2), the box's own engine decides\nlag uplink   active: none, bond a\n  this box could not carry it: error: PermissionLost for ", ""},
		{"status a", 0, "a: down: no permission to carry LAG uplink: PermissionLost\n", ""},
		{"chassis permit uplink -hold 30s -epoch 7", 0, "uplink: this box carries it for 2", ""},
		{"status a", 0, "a: up on 1 of 2 links", ""},
		{"chassis permit uplink -hold 30s -epoch 6", 2, "", `lacpd: epoch is "6", allowed: 7 and more`},
		{"chassis permit uplink -hold 10ms -epoch 7", 2, "", `lacpd: hold is "10ms", allowed: 300ms to 1m`},
		{"chassis permit uplink", 2, "", "lacpd: permit: want -hold TIME"},
		{"chassis permit down -hold 1s", 2, "", `lacpd: lag is "down", allowed: uplink`},
		{"chassis permit uplink x -hold 1s", 2, "", `lacpd: argument "x" not expected`},
		{"chassis ready uplink", 2, "", `lacpd: command is "ready", allowed: permit and stop, because of external true`},
		{"chassis ready uplink maybe", 2, "", `lacpd: ready "maybe": want yes or no`},
		{"chassis handover uplink", 2, "", `lacpd: command is "handover", allowed: permit and stop`},
		{"chassis stop uplink -active head-b -json", 0, `{"lag":"uplink","text":"uplink: this box carries nothing of it any more","active":"head-b"}`, ""},
		{"status a", 0, "a: standby for head-b, which carries LAG uplink, epoch 7\n", ""},
		{"chassis status", 0, "group nas1, this is head-a (2), the box's own engine decides\nlag uplink   active: head-b since ", ""},
		{"chassis stop uplink -epoch 1", 2, "", "lacpd: -hold and -epoch: allowed only with permit"},
		{"chassis permit uplink -hold 1s -active x", 2, "", "lacpd: -active: allowed only with stop"},
		{"chassis permit uplink -hold 1s -format json", 2, "", "lacpd: -format: allowed only with status"},
		{"chassis status uplink", 2, "", `lacpd: argument "uplink" not expected`},
		{"chassis status -format xml", 2, "", `lacpd: -format "xml": allowed: text or json`},
		{"chassis permit", 2, "", "lacpd: permit: want a LAG"},
		{"chassis dance", 2, "", `lacpd: "dance": want status, handover, ready, permit or stop`},
		{"chassis", 2, "", "lacpd: want status|handover"},
	} {
		out, errOut, code := s.lacpd(strings.Fields(tt.args)...)
		if code != tt.code || !strings.HasPrefix(out, tt.out) || !strings.HasPrefix(errOut, tt.errOut) || tt.out == "" && out != "" || tt.errOut == "" && errOut != "" {
			t.Errorf("lacpd %s: exit status %d, output\n%s\nerrors\n%s\nwant %d, %q, %q", tt.args, code, out, errOut, tt.code, tt.out, tt.errOut)
		}
	}
	out, _, _ := s.lacpd("chassis", "status")
	if want := "s, epoch 7, bond a\n  head-a (2)  ready  2 of 2 links   ports 8193 8194\n"; !strings.HasSuffix(out, want) {
		t.Errorf("chassis status ends with\n%swant\n%s", out, want)
	}
	out, _, _ = s.lacpd("chassis", "status", "-format", "json")
	var got groupStatus
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Chassis.Name != "head-a" || len(got.LAGs) != 1 || got.LAGs[0].Bond != "a" || got.LAGs[0].Role != view.RoleStandby {
		t.Errorf("chassis status -format json: %v\n%s", err, out)
	}
	if cfg := s.bondOf(t, "a").cfg; !cfg.NeedsPermission || cfg.PortBase != 2<<12 || cfg.SystemPriority != 0x7000 || cfg.SystemAddr.String() != "02:00:00:00:00:01" || len(cfg.HardwareAddr) != 6 {
		t.Errorf("bond a was opened with %+v, want a permission, ports from 8193, priority 0x7000 and MAC addresses of the group", cfg.Config)
	}
	if cfg := s.bondOf(t, "b").cfg; cfg.NeedsPermission || cfg.PortBase != 0 || cfg.SystemAddr != nil || cfg.HardwareAddr != nil {
		t.Errorf("bond b was opened with %+v, want nothing of the group", cfg.Config)
	}
}

// TestPermissionCountsFromTheStartOfTheCommand: a command that was late gives less.
func TestPermissionCountsFromTheStartOfTheCommand(t *testing.T) {
	s := serveOn(t, realClock(), engineFile)
	d := func(asked time.Duration) (lagResult, error) {
		var r lagResult
		err := askSocket(s, "chassis-permit", permitArgs{"uplink", 60_000, 1, asked.Nanoseconds()}, &r)
		return r, err
	}
	if _, err := d(bootTime() - 45*time.Second); err != nil {
		t.Fatal(err)
	}
	left := s.bondOf(t, "a").Status().Permission.Until - plane.Clock()
	if left > 15*time.Second || left < 0 {
		t.Errorf("%v are left of 60 s asked for 45 s ago, want at most 15 s", left)
	}
	if _, err := d(bootTime() - 65*time.Second); err == nil || !strings.Contains(err.Error(), "came too late") {
		t.Errorf("asked for 65 s ago: %v, want that it came too late", err)
	}
	if _, err := d(bootTime() + time.Hour); err == nil || !strings.Contains(err.Error(), "asked_ns") {
		t.Errorf("asked for in an hour: %v, want a refusal of asked_ns", err)
	}
}

// TestReloadOfALAG: a LAG comes and goes without a change of other bonds. What the group itself would
// need a new start for is shown, and refused where a bond depends on it.
func TestReloadOfALAG(t *testing.T) {
	h := realClock()
	s := serveOn(t, h, engineFile)
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "file")
		s.write(t, name, text)
		return name
	}
	a, b := s.bondOf(t, "a"), s.bondOf(t, "b")
	if _, errOut, code := s.lacpd("chassis", "permit", "uplink", "-hold", "1m", "-epoch", "1"); code != exitOK {
		t.Fatal(errOut)
	}
	// b becomes a LAG, and a new bond is one.
	more := strings.Replace(engineFile, "ports: [eth3]}", "ports: [eth3], lag: down, lacp_key: 2, system_mac: '02:00:00:00:00:01'}\n- {name: c, ports: [eth4], lag: side, lacp_key: 3, system_mac: '02:00:00:00:00:01'}", 1)
	out, _, _ := s.lacpd("diff", file(more))
	if want := "b: is closed and opened again, traffic: interrupted\n  system_mac from nothing to 02:00:00:00:00:01 (traffic: interrupted)\n  lacp_key from 1 to 2 (traffic: interrupted)\n  lag from nothing to down (traffic: interrupted)\nc: is new, traffic: none\n  + member eth4\n"; out != want {
		t.Errorf("diff:\n%swant\n%s", out, want)
	}
	if _, errOut, code := s.lacpd("apply", file(more)); code != exitOK {
		t.Fatal(errOut)
	}
	if a.isClosed() || !a.permitted() || a.sets > 1 {
		t.Errorf("a was touched: closed %v, permitted %v, set %d times", a.isClosed(), a.permitted(), a.sets)
	}
	if !b.isClosed() || !s.bondOf(t, "b").cfg.NeedsPermission || !s.bondOf(t, "c").cfg.NeedsPermission {
		t.Error("b was not opened again as a LAG, or c is none")
	}
	if _, errOut, code := s.lacpd("chassis", "permit", "side", "-hold", "1m"); code != exitOK || !s.bondOf(t, "c").permitted() {
		t.Errorf("permit of a new LAG: %s", errOut)
	}
	// The group changes, and b is of this box alone again.
	other := strings.Replace(engineFile, "name: head-a, number: 2", "name: head-c, number: 3, hold: 2s", 1)
	out, _, code := s.lacpd("diff", file(other))
	for _, want := range []string{"chassis: changes when lacpd starts again\n  name from head-a to head-c (not before lacpd starts again)\n  number from 2 to 3", "  hold from 1s to 2s", "c: goes"} {
		if code != exitDiffers || !strings.Contains(out, want) {
			t.Errorf("diff exits with %d, prints\n%swant %d and %q", code, out, exitDiffers, want)
		}
	}
	s.write(t, s.file, other)
	if out, errOut, code := s.lacpd("check", "-config", s.file); code != exitOK && !strings.Contains(errOut, "there are no") || !strings.Contains(errOut+out, "hold from 1s to 2s") {
		t.Logf("check: %d\n%s%s", code, out, errOut) // it looks at the interfaces of this machine
	}
	if _, errOut, code := s.lacpd("apply", file(other)); code != exitOK {
		t.Fatal(errOut)
	}
	if a.isClosed() || !a.permitted() || s.bondOf(t, "b").cfg.NeedsPermission {
		t.Error("a was touched, or b is still a LAG")
	}
	if out, _, _ := s.lacpd("chassis", "status"); !strings.HasPrefix(out, "group nas1, this is head-a (2)") || strings.Contains(out, "lag down") {
		t.Errorf("the running group has changed, or still has the LAG of b:\n%s", out)
	}
}

// TestLAGNeedsTheGroup: a lacpd that was started without the section can't take a LAG in.
func TestLAGNeedsTheGroup(t *testing.T) {
	s := serve(t, twoBonds)
	file := filepath.Join(t.TempDir(), "file")
	s.write(t, file, engineFile)
	for _, command := range []string{"diff", "apply"} {
		if _, errOut, code := s.lacpd(command, file); code != exitUsage || !strings.Contains(errOut, "lag: uplink: allowed: nothing, until lacpd starts again") {
			t.Errorf("%s: %d\n%s", command, code, errOut)
		}
	}
	if _, errOut, code := s.lacpd("chassis", "status"); code != exitUsage || !strings.Contains(errOut, "without it") {
		t.Errorf("chassis status: %d\n%s", code, errOut)
	}
	if _, errOut, code := s.lacpd("chassis", "stop", "x"); code != exitUsage || !strings.Contains(errOut, "started without the section chassis") {
		t.Errorf("chassis stop: %d\n%s", code, errOut)
	}
	s.host.mustBeUntouched(t)
}

func (h *fakeHost) mustBeUntouched(t *testing.T) {
	t.Helper()
	for _, b := range h.opened {
		if b.isClosed() {
			t.Errorf("bond %s was closed", b.cfg.Name)
		}
	}
}

// heads are the files of two boxes with heartbeats over the loopback interface.
func heads(t *testing.T, keys string) (a, b string) {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret of the group"), 0o600); err != nil {
		t.Fatal(err)
	}
	var ports [2]int
	for i := range ports {
		ports[i] = freeport.Find(t)
	}
	of := func(me, other string, i int) string {
		text := fmt.Sprintf(`chassis: {group: nas1, name: %s, hold: 1s, heartbeat: ['127.0.0.1:%d'], peers: {%s: ['127.0.0.1:%d']}, heartbeat_secret: %s, store: {etcd: ['https://127.0.0.1:1']}}
bonds:
- {name: a, ports: [eth1, eth2], lag: uplink%s}
`, me, ports[i], other, ports[1-i], secret, keys)
		if err := config.Parse("f", []byte(text)).Refused(); err != nil {
			t.Skipf("the file is refused in this build: %v", err)
		}
		return text
	}
	return of("head-a", "head-b", 0), of("head-b", "head-a", 1)
}

// inGroup returns a host whose groups have their store in memory.
func inGroup(m *chassistest.Memory) *fakeHost {
	h := realClock()
	h.openStore = func(context.Context, *config.Chassis, *group.Files, *slog.Logger) (chassis.Directory, error) {
		return m.OpenDirectory(), nil
	}
	return h
}

// TestTwoHeads: two lacpds decide together. A handover by a command, and the end of one, move the LAG.
func TestTwoHeads(t *testing.T) {
	textA, textB := heads(t, "")
	store := chassistest.NewMemory()
	a := serveOn(t, inGroup(store), textA)
	carries := func(s *served) func() bool {
		return func() bool {
			b := s.host.running("a")
			return b != nil && b.permitted()
		}
	}
	await(t, "head-a carries the LAG", netlab.Patience, carries(a))
	t.Run("head-b", func(t *testing.T) { // whose end stops it
		b := serveOn(t, inGroup(store), textB)
		shows := func(s *served, want string) {
			t.Helper()
			var out string
			for deadline := time.Now().Add(time.Minute); !strings.Contains(out, want); <-time.After(10 * time.Millisecond) {
				if out, _, _ = s.lacpd("chassis", "status"); time.Now().After(deadline) {
					t.Fatalf("the status lacks %q:\n%s", want, out)
				}
			}
		}
		shows(b, "lag uplink   active: head-a since ")
		shows(b, "  head-b (2)  ready  2 of 2 links   ports 8193 8194   standby: would take over in about 1.")
		shows(a, "  head-b (2)  ready  2 of 2 links   ports 8193 8194   standby: would take over in about 1.")
		shows(a, "differences: none\n")
		if out, errOut, code := a.lacpd("chassis", "handover", "uplink", "head-c"); code != exitUsage || !strings.Contains(errOut, "allowed: a chassis that is heard and able") {
			t.Errorf("handover to another box: %d %s%s", code, out, errOut)
		}
		if out, errOut, code := a.lacpd("chassis", "handover", "uplink"); code != exitOK || out != "uplink: head-b carries it now\n" {
			t.Errorf("handover: %d %s%s", code, out, errOut)
		}
		await(t, "head-b carries the LAG", netlab.Patience, carries(b))
		if carries(a)() {
			t.Error("head-a still has a permission")
		}
		shows(b, "lag uplink   active: head-b since ")
		shows(b, "head-a (1)  ready")
	})
	await(t, "head-a carries the LAG again", netlab.Patience, carries(a))
}

// TestCheckComparesWithTheOtherBox prints both values, or why it can't compare.
func TestCheckComparesWithTheOtherBox(t *testing.T) {
	textA, textB := heads(t, ", mtu: 9000")
	store := chassistest.NewMemory()
	a := serveOn(t, inGroup(store), textA)
	await(t, "head-a publishes its report", netlab.Patience, func() bool {
		d := store.OpenDirectory()
		defer func() { _ = d.Close() }() // of a test
		r, err := chassis.Reports(t.Context(), d, "uplink")
		return err == nil && len(r) == 1
	})
	_ = a
	file := filepath.Join(t.TempDir(), "file")
	a.write(t, file, strings.Replace(textB, "mtu: 9000", "mtu: 1500", 1))
	h := inGroup(store)
	check := func() string {
		var out, errOut strings.Builder
		if code := runCheck(t.Context(), file, filepath.Join(t.TempDir(), "none"), h.host, &out, &errOut); code != exitOK {
			t.Errorf("check exits with %d", code)
		}
		return errOut.String()
	}
	if got, want := check(), ": warning: mtu: 1500: head-a has 9000\n"; !strings.HasSuffix(got, want) {
		t.Errorf("check prints %q, want %q", got, want)
	}
	a.write(t, file, textB)
	if got := check(); got != "" {
		t.Errorf("check of the same settings prints %q, want nothing", got)
	}
	store.Fail(fmt.Errorf("no quorum"))
	if got, want := check(), "lacpd: not compared with the other boxes: no quorum\n"; got != want {
		t.Errorf("check without the store prints %q, want %q", got, want)
	}
	store.Fail(nil)
}
