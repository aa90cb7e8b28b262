package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// boxConfig is the configuration of a box's process.
type boxConfig struct {
	Name       chassis.ID
	Letter     byte // in its answers
	Number     int
	Listen     string                // its address for heartbeats
	Peers      map[chassis.ID]string // those of the others
	Interfaces []string
	StateDir   string

	Slow        bool // rate of LACPDUs
	Watchdog    bool
	Patience    time.Duration // of the watchdog with a box that hangs; 0: only its end counts
	Hold        time.Duration
	Proof       bool // as chassis.Group.GoneIsProof
	OnIsolation chassis.Isolation
	Settings    map[string]string // that have to be the same on all boxes

	Store storeConfig
	Lease int // the TTL of an election in place of a Chassis, in seconds; 0: none
}

// The group, its LAG, and what all boxes show the switch.
const (
	groupName = "lab"
	lagName   = "uplink"
	lagDevice = "bond0"
	lagPrefix = "10.9.0.1/24"
	secret    = "0123456789abcdef"
)

var lagAddr = net.HardwareAddr{0x02, 0, 0, 0, 0, 0x77}

// The messages between a box's process and the test, each a line of JSON.
type (
	// order is a request to the box.
	order struct {
		Do string // "status", "handover", "ready" or "suspend"
		To chassis.ID
	}
	// report is what the box writes.
	report struct {
		Ready  bool    `json:",omitempty"` // the first one
		Permit *permit `json:",omitempty"` // its permission has changed
		Reply  *reply  `json:",omitempty"` // to an order
	}
	// reply is the answer to an order.
	reply struct {
		Error  string
		Status boxStatus
	}
)

// boxStatus is the status of a box.
type boxStatus struct {
	Known  bool       // the store has answered
	Active chassis.ID // by the newest view
	Epoch  uint64
	Intent chassis.ID
	Left   time.Duration // until the data path closes; 0: it is closed
	Score  int
	Peers  []chassis.PeerStatus
	Links  []linkStatus

	Differences []string // to the other boxes
}

// linkStatus is the status of a member.
type linkStatus struct {
	Name, Reason string
	Carries      bool
	Current      bool // it hears its partner and need not wait for other links
}

// contender is what makes a box active: a chassis, or a candidate of an election.
type contender interface {
	handOver(ctx context.Context, to chassis.ID) error
	status() (boxStatus, error)
	close(ctx context.Context) error
}

// boxProcess is the process of a box.
type boxProcess struct {
	cfg  boxConfig
	bond *bond.Bond
	role contender
	out  *reporter
}

// reporter writes reports.
type reporter struct {
	mu sync.Mutex
	to io.Writer
}

func (r *reporter) write(one report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// An error means that the test has ended.
	_ = json.NewEncoder(r.to).Encode(one)
}

// carrier is the bond of a box. It reports each change of its permission.
type carrier struct {
	*bond.Bond
	out *reporter
}

// SetPermission implements [chassis.Carrier].
func (c carrier) SetPermission(p bond.Permission) error {
	one := permit{Asked: monotonic(), Epoch: p.Epoch}
	if p.Until > 0 {
		one.Until = sharedTime(p.Until)
	}
	err := c.Bond.SetPermission(p)
	one.Done = monotonic()
	if err == nil {
		c.out.write(report{Permit: &one})
	}
	return err
}

// sharedTime returns a time of plane.Clock, which is the process's own, by the clock monotonic.
func sharedTime(at time.Duration) time.Duration {
	const apart = 50 * time.Microsecond
	for {
		shared, own := monotonic(), plane.Clock()
		if monotonic()-shared < apart { // else the process had to wait between the two
			return at - own + shared
		}
	}
}

// playBox is the process of a box. It ends when its input does, or with SIGTERM.
func playBox(text []byte) (err error) {
	var cfg boxConfig
	if err := json.Unmarshal(text, &cfg); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	b := &boxProcess{cfg: cfg, out: &reporter{to: os.Stdout}}
	store, err := b.openStore()
	if err != nil {
		return err
	}
	if b.bond, err = b.open(); err != nil {
		return err
	}
	if cfg.Watchdog {
		dog, err := startWatchdog(cfg)
		if err != nil {
			return errors.Join(err, b.bond.Close())
		}
		defer func() {
			if e := dog.Close(); cfg.Patience == 0 { // else it may have ended
				err = errors.Join(err, e)
			}
		}()
	}
	defer func() {
		if e := b.bond.Close(); !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}()
	address := netip.MustParsePrefix(lagPrefix).Addr()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, echoPort)))
	if err != nil {
		return err
	}
	go answerRequests(conn, cfg.Letter)
	defer conn.Close()
	if b.role, err = b.join(store); err != nil {
		return err
	}
	b.out.write(report{Ready: true})
	if b.obey(readOrders(os.Stdin), stop) {
		return nil // without giving the LAG away: the next process goes on
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return b.role.close(ctx)
}

// open opens the bond.
func (b *boxProcess) open() (*bond.Bond, error) {
	rate := bond.RateFast
	if b.cfg.Slow {
		rate = bond.RateSlow
	}
	saved, err := b.restored()
	if err != nil {
		return nil, err
	}
	return bond.Open(bond.OpenConfig{
		Config: bond.Config{
			Name: lagDevice, Rate: rate, NeedsPermission: true, HardwareAddr: lagAddr, SystemAddr: lagAddr, SystemPriority: 0x7000,
			PortBase: uint16(b.cfg.Number) << 12, Addresses: []netip.Prefix{netip.MustParsePrefix(lagPrefix)},
			Restore: saved, Logger: b.logger(),
		},
		Interfaces: b.cfg.Interfaces, StateDir: b.cfg.StateDir,
	})
}

func (b *boxProcess) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, nil)).With("box", b.cfg.Name)
}

// startWatchdog starts the process that guards the members.
func startWatchdog(cfg boxConfig) (*netif.Watchdog, error) {
	cmd, err := roleCommand("watchdog", cfg.Patience)
	if err != nil {
		return nil, err
	}
	w, err := netif.StartWatchdog(cmd)
	if err != nil {
		return nil, err
	}
	if cfg.Patience > 0 {
		go func() {
			for w.Alive() == nil {
				<-time.After(cfg.Patience / 4)
			}
		}()
	}
	return w, w.Guard(cfg.Interfaces...)
}

// openStore opens the store of a chassis, and checks its name and number.
func (b *boxProcess) openStore() (chassis.Store, error) {
	if b.cfg.Lease > 0 {
		return nil, nil
	}
	store, err := openStore(b.cfg.Store)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), orderLimit)
	defer cancel()
	if err := register(ctx, b.cfg, store); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// join makes the box a chassis, or a candidate of an election.
func (b *boxProcess) join(store chassis.Store) (contender, error) {
	c := carrier{b.bond, b.out}
	if b.cfg.Lease > 0 {
		return newCandidate(b.cfg, c)
	}
	return newChassis(b.cfg, store, c, b.logger())
}

// readOrders passes on the orders, and closes the channel when there are no more.
func readOrders(from io.Reader) <-chan order {
	orders := make(chan order)
	go func() {
		defer close(orders)
		for s := bufio.NewScanner(from); s.Scan(); {
			var o order
			if json.Unmarshal(s.Bytes(), &o) != nil {
				return
			}
			orders <- o
		}
	}()
	return orders
}

// obey carries out orders until there are no more, or the process is to stop. It reports whether the
// bond was suspended.
func (b *boxProcess) obey(orders <-chan order, stop <-chan os.Signal) (suspended bool) {
	for {
		select {
		case o, more := <-orders:
			if !more {
				return false
			}
			r := b.carryOut(o)
			b.out.write(report{Reply: &r})
			if o.Do == "suspend" && r.Error == "" {
				return true
			}
		case <-stop:
			return false
		}
	}
}

// orderLimit is how long an order may take.
const orderLimit = 20 * time.Second

func (b *boxProcess) carryOut(o order) (r reply) {
	ctx, cancel := context.WithTimeout(context.Background(), orderLimit)
	defer cancel()
	var err error
	switch o.Do {
	case "handover":
		err = b.role.handOver(ctx, o.To)
	case "status":
		r.Status, err = b.role.status()
		r.Status.Links = linksOf(b.bond.Status())
	case "suspend":
		err = b.suspend(ctx)
	default:
		err = errors.New("no such order: " + o.Do)
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// savedFile has the state of the bond for the next process.
func (b *boxProcess) savedFile() string { return filepath.Join(b.cfg.StateDir, "saved") }

// suspend ends the bond so that the partner does not notice, and saves its state.
func (b *boxProcess) suspend(ctx context.Context) error {
	saved, err := b.bond.Suspend(ctx)
	if err != nil {
		return err
	}
	text, err := saved.MarshalBinary()
	if err != nil {
		return err
	}
	return os.WriteFile(b.savedFile(), text, 0o600)
}

// restored returns the state that the process before has saved, once; nil without one.
func (b *boxProcess) restored() (*lacp.Saved, error) {
	text, err := os.ReadFile(b.savedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	saved := new(lacp.Saved)
	return saved, errors.Join(saved.UnmarshalBinary(text), os.Remove(b.savedFile()))
}

// linksOf returns the status of the members of a bond.
func linksOf(st bond.Status) (links []linkStatus) {
	for i := range st.Members {
		m := &st.Members[i]
		links = append(links, linkStatus{m.Name, m.Reason.String(), m.Carries, m.LACP.Receive == lacp.ReceiveCurrent && m.LACP.ReadyN})
	}
	return links
}
