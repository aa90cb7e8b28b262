package group

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/freeport"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// bed is two boxes with a store in memory, and heartbeats over the loopback interface.
type bed struct {
	t     *testing.T
	store *chassistest.Memory
	boxes map[string]*box
	ports map[string]int

	secret string // file
}

// box is one box of a bed.
type box struct {
	*Group
	file    *config.File
	carrier *carrier
	dir     string
	mu      sync.Mutex
	news    []string
}

// carrier is a bond with two links that hear a partner.
type carrier struct {
	mu     sync.Mutex
	status bond.Status
}

func newCarrier(base uint16) *carrier {
	c := &carrier{status: bond.Status{Name: "bond0", Mode: bond.ModeLACP}}
	for i, name := range []string{"eth1", "eth2"} {
		m := bond.MemberStatus{Name: name}
		m.Link.Up = true
		m.LACP.Receive, m.LACP.ReadyN = lacp.ReceiveCurrent, true
		m.LACP.Config.Number = lacp.PortNumber(int(base) + i + 1)
		m.LACP.Actor.Port.Number, m.LACP.Actor.Key = m.LACP.Config.Number, 1
		m.LACP.Partner.System = lacp.SystemID{Priority: 0x8000, MAC: lacp.MAC{0, 0x1c, 0x73, 0, 0, 1}}
		m.LACP.Partner.Key, m.LACP.Partner.Port.Number = 12, lacp.PortNumber(int(base)+i+1)
		c.status.Members = append(c.status.Members, m)
	}
	return c
}

func (c *carrier) SetPermission(p bond.Permission) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status.Permission = p
	return nil
}

func (c *carrier) Status() bond.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// carries reports whether the bond has a permission.
func (c *carrier) carries() bool { return c.Status().Permission.Until > plane.Clock() }

func newBed(t *testing.T) *bed {
	t.Helper()
	return &bed{t: t, store: chassistest.NewMemory(), boxes: make(map[string]*box), ports: map[string]int{"a": freeport.Find(t), "b": freeport.Find(t)}, secret: write(t, "a secret of the group", 0o600)}
}

// text returns the file of a box. keys are more keys of its bond.
func (b *bed) text(name, keys string) string {
	other := map[string]string{"a": "b", "b": "a"}[name]
	return fmt.Sprintf(`chassis:
  {group: nas1, name: %s, hold: 1s, heartbeat: ['127.0.0.1:%d'], peers: {%s: ['127.0.0.1:%d']}, heartbeat_secret: %s, store: {etcd: ['https://127.0.0.1:1']}}
bonds:
- {name: bond0, ports: [eth1, eth2], lag: uplink%s}
`, name, b.ports[name], other, b.ports[other], b.secret, keys)
}

// parse parses the file of a box.
func parse(t *testing.T, text string) *config.File {
	t.Helper()
	f := config.Parse("f", []byte(text))
	if err := f.Refused(); err != nil {
		t.Skipf("the file is refused in this build: %v", err)
	}
	return f
}

// start makes a box join, and gives it its LAG once it knows its number. keys are more keys of its bond.
func (b *bed) start(name, keys string) *box {
	b.t.Helper()
	x := b.boxes[name]
	if x == nil {
		x = &box{dir: b.t.TempDir()}
	}
	x.file = parse(b.t, b.text(name, keys))
	x.Group = New(x.file.Chassis, Settings{
		Files: Files{Secret: []byte("a secret of the group")}, Dir: x.dir, Log: slog.New(slog.DiscardHandler),
		Open: func(context.Context, *config.Chassis, *Files, *slog.Logger) (chassis.Directory, error) {
			return b.store.OpenDirectory(), nil
		},
		News: func(e view.Event) {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.news = append(x.news, e.Detail)
		},
	})
	b.boxes[name] = x
	b.t.Cleanup(func() { _ = x.Close() }) // it may be closed already
	var c bond.Config
	await(b.t, name+" knows its identity", func() bool { return x.Identify(&x.file.Bonds[0], &c) == nil })
	x.carrier = newCarrier(c.PortBase)
	if err := x.Add(&x.file.Bonds[0], x.carrier); err != nil {
		b.t.Fatal(err)
	}
	return x
}

// lag returns the view of the LAG of a box.
func (x *box) lag() *view.LAG {
	st := x.carrier.Status()
	return x.LAG("uplink", &st)
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not after a minute: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

// external is a box whose own engine decides.
func external(t *testing.T) *box {
	t.Helper()
	x := &box{file: parse(t, "chassis: {group: g, name: a, number: 2, external: true}\nbonds:\n- {name: bond0, ports: [e], lag: uplink, system_mac: '02:00:00:00:00:01'}\n- {name: bond1, ports: [f], lag: all, lacp_key: 2, lag_mode: ALL, system_mac: '02:00:00:00:00:01'}\n")}
	x.Group = New(x.file.Chassis, Settings{Log: slog.New(slog.DiscardHandler)})
	x.carrier = newCarrier(2 << 12)
	for i := range x.file.Bonds {
		if err := x.Add(&x.file.Bonds[i], x.carrier); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// refused checks that an error is a refusal of a field.
func refused(t *testing.T, what string, err error, field string) {
	t.Helper()
	var e *lacp.FieldError
	if !errors.As(err, &e) || e.Field != field {
		t.Errorf("%s: error %v, want a refusal of %s", what, err, field)
	}
}

// write makes a file.
func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return name
}
