package bond

import (
	"errors"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// view is the part of the bond's state that other goroutines may read without asking control.
type view struct {
	members []*member // by id
	addr    net.HardwareAddr
	mtu     int
}

// publish hands the plane a plan made from the members' present states.
func (b *Bond) publish() {
	p := &plane.Plan{
		Generation: b.plan.Generation + 1,
		Settled:    b.plan.Settled,
		Spread:     b.cfg.Mode.spread(),
		Hash:       b.hasher,
		Resilient:  b.cfg.Resilient && b.cfg.Mode != ModeFailover,
		Packets:    b.cfg.PacketsPerMember,
		Hold:       b.cfg.FlushTimeout > 0 && !b.left,
		Members:    make([]plane.Member, len(b.members)),
		MTU:        max(b.cfg.MTU, b.grownMTU),
		MAC:        lacp.MAC(b.addr),
		SLB:        b.cfg.Mode == ModeSLB,
	}
	distributing := 0
	for _, m := range b.members {
		m.usable = false
		if m.phase == phaseGone {
			continue
		}
		e := plane.Member{Port: m.link, Leaving: m.phase == phaseLeaving, Collecting: m.phase == phaseLeaving}
		if m.phase == phaseActive {
			e.Collecting, e.Distributing = b.mode.Carries(m.id)
			e.Distributing = e.Distributing && !m.drained
		}
		if m.usable = e.Distributing; m.usable {
			distributing++
		}
		p.Members[m.id] = e
	}
	b.short = b.tooFew(distributing)
	b.narrow = !b.dev.held && b.speed() < b.cfg.MinBandwidth
	if b.short || b.narrow || b.dev.held {
		distributing = 0
		b.closeAll(p)
	}
	b.weigh(p)
	if s, ok := b.mode.(*mode.Static); ok && s.Active() != mode.None {
		p.Groups = s.Active()
	}
	asker, asks := b.mode.(mode.Flusher)
	for _, m := range b.members {
		if e := &p.Members[m.id]; e.Port != nil {
			e.Delivers = m.seen.Up && (!asks || e.Distributing || e.Collecting || asker.Delivers(m.id))
		}
	}
	b.apply(p)
	b.setUp(distributing > 0)
}

// tooFew reports whether fewer members than required could carry data.
func (b *Bond) tooFew(distributing int) bool {
	if b.dev.held {
		return false
	}
	least := b.cfg.MinLinks
	if b.enough && b.cfg.MinLinksDown > 0 {
		least = b.cfg.MinLinksDown
	}
	b.enough = distributing >= least
	return !b.enough
}

// closeAll takes all members of a plan out of use.
func (b *Bond) closeAll(p *plane.Plan) {
	for id := range p.Members {
		p.Members[id].Collecting, p.Members[id].Distributing = false, false
		b.members[id].usable = false
	}
}

// apply hands a plan to the plane.
func (b *Bond) apply(p *plane.Plan) {
	now := time.Now()
	if err := b.plane.Apply(p); err != nil {
		b.refused(now, err)
		return
	}
	b.plan = p
	b.view.Store(&view{b.members, b.addr, p.MTU})
	b.followMoves(now)
	if b.refusal.tries > 0 && b.refusal.err == nil && len(p.Order()) > 0 {
		b.refusal = refusal{}
		b.log.Info("data plane accepts plans again")
		b.emit(Event{Kind: EventPlane, Up: true})
	}
}

// refusal records that the plane refused a plan. The bond has no path until a pause is over;
// then it puts the members to use again.
type refusal struct {
	err   error // nil: no refusal, or the pause is over
	text  string
	tries int
	until time.Time
}

// The pause after a refused plan. It doubles with each further refusal.
const (
	refusalFirst = 100 * time.Millisecond
	refusalMost  = 10 * time.Second
)

func (b *Bond) refused(now time.Time, err error) {
	r := &b.refusal
	if r.err == nil {
		r.until = now.Add(min(refusalFirst<<min(r.tries, 10), refusalMost))
		r.tries++
	}
	r.err = err
	if text := err.Error(); text != r.text {
		r.text = text
		b.log.Error("data plane refuses a plan", "error", err)
		b.emit(Event{Kind: EventPlane, Err: err})
	}
}

// retryPlan closes the path after a refusal, and opens it again after the pause.
func (b *Bond) retryPlan(now time.Time) {
	r := &b.refusal
	if r.err != nil && !r.until.After(now) {
		r.err = nil
		b.holdPath(now) // the new plan may be refused again
	}
	if r.err != nil {
		b.holdPath(now)
	}
}

// refusalOf returns why the plane refused the newest plan. If a member is the cause, the error
// is a ConfigError.
func (b *Bond) refusalOf() error {
	var refused *lacp.FieldError
	if errors.As(b.refusal.err, &refused) {
		return &ConfigError{"links", refused.Value, refused.Allowed}
	}
	return b.refusal.err
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
	}
}
