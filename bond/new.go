package bond

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/bond/plane/user"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/handing"
	"github.com/lagkit/lagkit/internal/logq"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/internal/newest"
	"github.com/lagkit/lagkit/internal/outlive"
	"github.com/lagkit/lagkit/internal/readiness"
	"github.com/lagkit/lagkit/lacp"
)

// New makes a bond of links and starts it. It takes ownership of the links and of
// [Config.Device]. Close closes them, and so does New if it fails.
//
// The error is a [*ConfigError] or an error of the device.
func New(cfg Config, links ...link.Port) (*Bond, error) {
	b, err := newBond(cfg, links, nil)
	if err != nil {
		closeLinks(links, cfg.Device)
		return nil, err
	}
	b.start()
	return b, nil
}

// newBond makes a bond that does not run yet. handed is the state of the process before; nil: the
// bond is new.
func newBond(cfg Config, links []link.Port, handed *handing.Bond) (_ *Bond, err error) {
	if err := allowed.Config(&cfg); err != nil {
		return nil, err
	}
	if err := allowed.Links(&cfg, links, isAbsent); err != nil {
		return nil, err
	}
	b := &Bond{name: cfg.Name, device: cfg.Device, inputs: make(chan input, 64), states: newest.New[*member, link.State]()}
	b.cfg, b.addr = cfg, slices.Clone(cfg.HardwareAddr)
	b.linger, b.gates = defaultLinger, make(mode.Gates)
	b.answers.Limit, b.answers.Look = answerLimit, answerLook
	b.work.Limit = planLimit
	b.stopping, b.stopped, b.ended = make(chan struct{}), make(chan struct{}), make(chan struct{})
	b.retry = make(chan struct{}, 1)
	if b.addr == nil {
		b.addr = links[0].HardwareAddr()
	}
	b.permission.Code = lacp.ReasonPermissionLost
	b.dev.held = cfg.AdminDown
	if b.system = cfg.SystemAddr; b.system == nil {
		b.system = b.addr
	}
	if handed != nil {
		if err = b.await(handed); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				b.letGo()
			}
		}()
	}
	if b.hasher, err = allowed.Hasher(&cfg, b.system); err != nil {
		return nil, err
	}
	if b.mode, err = b.newMode(time.Now()); err != nil {
		return nil, err
	}
	b.log, b.logs = logq.Wrap(cfg.Logger.With("bond", b.name), logQueue)
	b.ready = readiness.New()
	if err := b.openPlane(cfg.Plane); err != nil {
		b.closeLog()
		return nil, err
	}
	b.announcer = b.newAnnouncer()
	if err := b.addFirst(time.Now(), links); err != nil {
		b.undo(links)
		return nil, err
	}
	return b, nil
}

// undo closes what a bond has that can't begin. The cause is returned.
func (b *Bond) undo(links []link.Port) {
	closeLinks(links, b.device) // this ends the plane's readers
	if b.async != nil {
		b.async.Stop()
	}
	_ = b.plane.Close()
	b.closeLog()
}

// The bond logs through a queue, so that a Logger that blocks, such as one that writes to a pipe
// without a reader, never delays LACP. A record reports how many did not fit.
const (
	logQueue   = 256         // records
	logTimeout = time.Second // how long closing a bond waits until they are written
)

// openPlane opens the configured plane. If p is nil it opens the plane in this process.
func (b *Bond) openPlane(p plane.Plane) error {
	if p == nil {
		p = user.New()
	}
	b.plane, b.plan = p, new(plane.Plan)
	b.newest = b.plan
	b.path, _ = p.(plane.DataPath)
	if l, ok := p.(plane.BucketLimiter); ok {
		b.shares.Buckets = l.MostBuckets()
	}
	err := allowed.Refusal(p.Open(b.host()), "")
	b.outlives = outlive.Of(time.Now(), p)
	b.dev.adopted = b.outlives.Adopting()
	if err == nil && !b.dev.adopted { // else the permission of the earlier process lasts
		b.fence()
	}
	return err
}

// addFirst adds the members that the bond starts with.
func (b *Bond) addFirst(now time.Time, links []link.Port) error {
	for i, l := range links {
		m := newMember(uint16(i), l)
		if b.pause.heir != nil {
			b.inheritMember(m, &b.pause.heir.Members[i])
		}
		b.members = append(b.members, m)
		if m.phase != phaseGone {
			b.ports.Store(l, m)
		}
	}
	b.publish()
	if err := b.refusalOf(); err != nil {
		return err
	}
	b.startAsync()
	b.open.Store(true)
	for m := range b.members.present {
		if err := b.join(now, m); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bond) start() {
	if b.device != nil {
		b.startDevice()
	}
	for m := range b.members.present {
		b.startMember(m)
	}
	go b.control()
	if b.opener != nil {
		b.openerEnded = make(chan struct{})
		go b.awaitMembers()
	}
}

// host returns the functions that the plane reports to.
func (b *Bond) host() plane.Host {
	return plane.Host{
		Name:   b.name,
		Device: b.device,
		MemberFailed: func(p link.Port, err error) {
			if m, ok := b.ports.Load(p); ok {
				b.readerStopped(m.(*member), "data", err)
			}
		},
		MemberReleased: func(p link.Port, c plane.MemberCounters) {
			if m, ok := b.ports.LoadAndDelete(p); ok {
				m.(*member).release(c)
			}
		},
		DeviceFailed: func(err error) {
			b.tell(input{do: func() { b.loseDevice(time.Now(), "it can't be read: "+err.Error()) }})
		},
		Restored: func(what string) { b.tell(input{do: func() { b.noteDevice(what, nil) }}) },
	}
}

// closeLinks closes links and a device after an error, which is returned instead of theirs.
func closeLinks(links []link.Port, device link.Face) {
	for _, l := range links {
		if l != nil && !isAbsent(l) {
			_ = l.Close()
		}
	}
	if device != nil {
		_ = device.Close()
	}
}
