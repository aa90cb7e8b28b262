package bond

import (
	"errors"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/internal/pace"
	"github.com/lagkit/lagkit/lacp"
)

// spreads are how modes distribute frames to the members that distribute, if not by flows.
var spreads = map[Mode]plane.Spread{ModeRandom: plane.SpreadAtRandom, ModeRoundRobin: plane.SpreadInTurn, ModeBroadcast: plane.SpreadCopies}

// publish hands the plane a plan made from the members' present states.
func (b *Bond) publish() {
	p := &plane.Plan{
		Generation: b.newest.Generation + 1,
		Settled:    b.plan.Settled,
		Spread:     spreads[b.cfg.Mode],
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
		m.wanted = false
		if m.phase == phaseGone {
			continue
		}
		e := plane.Member{Port: m.link, Leaving: m.phase == phaseLeaving, Collecting: m.phase == phaseLeaving}
		if m.phase == phaseActive {
			e.Collecting, e.Distributing = b.mode.Carries(m.id)
			e.Distributing = e.Distributing && !m.drained
		}
		if m.wanted = e.Distributing; m.wanted {
			distributing++
		}
		p.Members[m.id] = e
	}
	b.short = b.tooFew(distributing)
	b.narrow = !b.dev.held && b.speedOf(func(m *member) bool { return m.wanted }) < b.cfg.MinBandwidth
	if b.short || b.narrow || b.dev.held {
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
}

// tooFew reports whether fewer members than required could carry data. Those of other chassis count
// too.
func (b *Bond) tooFew(distributing int) bool {
	if b.dev.held {
		return false
	}
	least := b.cfg.MinLinks
	if b.enough && b.cfg.MinLinksDown > 0 {
		least = b.cfg.MinLinksDown
	}
	for i := range b.foreign {
		if b.foreign[i].Distributing {
			distributing++
		}
	}
	b.enough = distributing >= least
	return !b.enough
}

// closeAll takes all members of a plan out of use.
func (b *Bond) closeAll(p *plane.Plan) {
	for id := range p.Members {
		p.Members[id].Collecting, p.Members[id].Distributing = false, false
		b.members[id].wanted = false
	}
}

// apply hands a plan to the plane.
func (b *Bond) apply(p *plane.Plan) {
	now := time.Now()
	b.view.Store(&view{b.members, b.addr, p.MTU})
	if b.outlives.Waits(now, b.members.linksKnown()) {
		return
	}
	b.newest = p
	if b.async == nil {
		b.applied(now, p, b.plane.Apply(p))
		return
	}
	b.work.Begin(now)
	b.async.Apply(p)
}

// applied processes the plane's answer to a plan. Of a plan that it refused while a newer one was
// on its way, nothing follows.
func (b *Bond) applied(now time.Time, p *plane.Plan, err error) {
	last := p == b.newest
	if err == nil {
		b.inForce(now, p)
	} else if last {
		b.refused(now, err)
	}
	if last {
		b.endWork(err)
	} else {
		b.work.Goes(now)
	}
}

// inForce processes that a plan is in use.
func (b *Bond) inForce(now time.Time, p *plane.Plan) {
	if b.plan.Generation == 0 {
		b.releaseUnknown()
	}
	b.plan = p
	for _, m := range b.members {
		m.usable = m.phase != phaseGone && memberIn(p, m.id).Distributing
	}
	b.outlives.Changed()
	b.followMoves(now)
	carries := len(p.Order()) > 0
	if carries && b.refusal.Accepted() {
		b.log.Info("data plane accepts plans again")
		b.emit(Event{Kind: EventPlane, Up: true})
	}
	b.setUp(carries)
}

// endWork processes that the plane has accepted or refused the newest plan.
func (b *Bond) endWork(err error) {
	w := b.work.End()
	if w.Late() && err == nil {
		b.log.Info("plan is in use", "after", time.Since(w.Since()))
		b.emit(Event{Kind: EventPlane, Up: true})
	}
	if err != nil {
		err = b.refusalOf()
	}
	w.Report(err)
}

// afterPlan calls then once the plane has accepted or refused the newest plan.
func (b *Bond) afterPlan(then func(error)) {
	if !b.work.Busy() {
		then(b.refusalOf())
		return
	}
	b.work.Await(then)
}

// releaseUnknown releases the members that are gone and that the first plan did not have.
func (b *Bond) releaseUnknown() {
	for _, m := range b.members {
		if _, held := b.ports.Load(m.link); held && m.phase == phaseGone {
			b.ports.Delete(m.link)
			m.release(plane.MemberCounters{})
		}
	}
}

// refusalPauses are those after a refused plan.
var refusalPauses = pace.Backoff{First: 100 * time.Millisecond, Most: 10 * time.Second}

func (b *Bond) refused(now time.Time, err error) {
	if b.refusal.Refused(now, refusalPauses, err) {
		b.log.Error("data plane refuses a plan", "error", err)
		b.emit(Event{Kind: EventPlane, Err: err})
	}
}

// refusalOf returns why the plane refused the newest plan. If a member is the cause, the error
// is a ConfigError.
func (b *Bond) refusalOf() error {
	var refused *lacp.FieldError
	if errors.As(b.refusal.Err(), &refused) {
		return allowed.Refuse("links", refused.Value, refused.Allowed)
	}
	return b.refusal.Err()
}

// setUp records and reports whether the bond carries data. showDevice passes that on to the
// device.
func (b *Bond) setUp(up bool) {
	if !b.ready.Set(up) {
		return
	}
	b.emit(Event{Kind: EventBond, Up: up})
	if up {
		b.log.Info("bond is up")
		b.startAnnouncing(time.Now())
	} else {
		b.log.Warn("bond is down")
		b.announcer.Stop()
	}
}

// followMoves takes note of the flows that the plane holds after a plan.
func (b *Bond) followMoves(now time.Time) {
	if holder, ok := b.plane.(plane.Holder); ok {
		_, asks := b.mode.(mode.Flusher)
		b.moving.Follow(now, holder.Moving(), b.cfg.FlushTimeout, asks)
	}
}

// fence passes the permission to the plane.
func (b *Bond) fence() {
	b.fenced = true
	if f, ok := b.plane.(plane.Fencer); ok && b.cfg.NeedsPermission {
		f.Permit(b.permission.Until)
	}
}
