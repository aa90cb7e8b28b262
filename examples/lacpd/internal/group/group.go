// Package group is this box's part in a group of boxes that show LAGs together, as the section chassis
// of the file describes it. A [Group] joins in the background, so that bonds of this box alone do not
// wait for the store.
package group

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// Open opens the store of a group, which logs what becomes of its members.
type Open func(ctx context.Context, c *config.Chassis, f *Files, log *slog.Logger) (chassis.Directory, error)

// decider decides which box carries a LAG: a [chassis.Chassis]. A build without the driver of etcd has none,
// because only the box's own engine can decide there.
type decider interface {
	Add(lag string, c chassis.Carrier, o chassis.LAG) error
	Change(lag string, o chassis.LAG) error
	Remove(ctx context.Context, lag string) error
	HandOver(ctx context.Context, lag string, to chassis.ID) error
	SetReady(lag string, ready bool) error
	Status(lag string) (chassis.Status, error)
	Close(ctx context.Context) error
}

// identity is what this box shows its partners: the System of the group, and its own number. The zero
// System and 0 are not known.
type identity struct {
	System lacp.MAC
	Number int
}

// Group is this box's part in a group. Its methods are safe for concurrent use.
type Group struct {
	Config *config.Chassis

	files Files
	open  Open
	dir   string // where it keeps its identity
	log   *slog.Logger
	news  func(view.Event)

	ctx    context.Context // done when the group ends
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	identity identity
	store    storeView // nil with External, and as long as it was not opened
	chassis  decider   // nil with External, and as long as it has not joined
	err      error     // why it has not joined
	lags     map[string]*lag
}

// storeView shows how the transactions of a store go.
type storeView interface {
	view(members int) *view.Store
	fresh(within time.Duration) bool
}

// Settings are what a Group needs apart from the file.
type Settings struct {
	Files Files
	Open  Open
	Dir   string // of the state that lasts
	Log   *slog.Logger
	News  func(view.Event) // gets what happens in the group; may be nil
}

// New returns a Group that begins to join.
func New(c *config.Chassis, s Settings) *Group {
	g := &Group{Config: c, files: s.Files, open: s.Open, dir: s.Dir, log: s.Log, news: s.News, lags: make(map[string]*lag)}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	g.identity = g.remembered()
	if c.External {
		g.identity.Number = c.Number
		return g
	}
	g.err = errors.New("the store has not answered yet")
	g.work.Go(g.join)
	return g
}

// Identify gives a bond with a LAG what all boxes of the group show alike, unless the file has its own. It
// fails as long as that is not known.
func (g *Group) Identify(b *config.Bond, to *bond.Config) error {
	if b.LAG.Name == "" {
		return nil
	}
	g.mu.Lock()
	id, why := g.identity, g.err
	g.mu.Unlock()
	system := b.More.SystemAddr
	if system == nil && id.System != (lacp.MAC{}) {
		system = id.System[:]
	}
	if system == nil || id.Number == 0 {
		return fmt.Errorf("lag %s: this box does not know yet what group %s shows its partners: %w", b.LAG.Name, g.Config.Group, why)
	}
	to.SystemAddr, to.PortBase = system, uint16(id.Number)<<12
	if to.SystemPriority == 0 {
		to.SystemPriority = config.SystemPriority
	}
	if to.HardwareAddr == nil {
		to.HardwareAddr = deviceAddr(system, b.LAG.Name)
	}
	return nil
}

// deviceAddr returns the MAC address of the device of a LAG, the same on all boxes: the partner then
// learns it on the LAG once.
func deviceAddr(system net.HardwareAddr, lag string) net.HardwareAddr {
	sum := sha256.Sum256(append(append([]byte("lagkit device "), system...), lag...))
	addr := net.HardwareAddr(sum[:6])
	addr[0] = addr[0]&^1 | 2 // of one station, locally administered
	return addr
}

// leaveTime is how long a box that leaves waits for others to take its LAGs, apart from the hold time.
const leaveTime = time.Second

// Close leaves the group. Another box takes each LAG that this one carries, if it can.
func (g *Group) Close() error {
	if g == nil {
		return nil
	}
	g.cancel()
	g.work.Wait()
	g.mu.Lock()
	c := g.chassis
	g.chassis, g.err = nil, errors.New("lacpd is ending")
	g.mu.Unlock()
	if c == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.Config.Hold+leaveTime)
	defer cancel()
	return c.Close(ctx)
}

// joined returns the chassis.
func (g *Group) joined() (decider, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.chassis == nil {
		return nil, fmt.Errorf("this box has not joined group %s: %w", g.Config.Group, g.err)
	}
	return g.chassis, nil
}
