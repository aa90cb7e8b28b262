package group

import (
	"fmt"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// View returns this box's part in the group; nil for a nil Group.
func (g *Group) View() *view.Chassis {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.Config
	v := &view.Chassis{
		Group: c.Group, Name: c.Name, Number: g.identity.Number, System: g.identity.System,
		Hold: int(c.Hold.Milliseconds()), External: c.External, Joined: g.chassis != nil || c.External,
	}
	if g.err != nil {
		v.Error = g.err.Error()
	}
	if !c.External {
		v.Store = &view.Store{Members: len(c.Store.Etcd)}
		if g.store != nil {
			v.Store = g.store.view(v.Store.Members)
		}
	}
	return v
}

// LAG returns the view of the LAG of a bond, or nil if it has none. st is the bond's status.
func (g *Group) LAG(name string, st *bond.Status) *view.LAG {
	if g == nil || name == "" {
		return nil
	}
	g.mu.Lock()
	l, c := g.lags[name], g.chassis
	if l == nil {
		g.mu.Unlock()
		return nil
	}
	all, since := l.bond.LAG.All, l.since
	g.mu.Unlock()
	v := &view.LAG{Name: name, Mode: view.ModeStandby, Role: view.RoleNone, Boxes: []view.Box{}, Differences: []view.Discrepancy{}}
	if all {
		v.Mode = view.ModeAll
	}
	if !since.IsZero() {
		v.Since = &since
	}
	var decided *chassis.Status
	if c != nil {
		if s, err := c.Status(name); err == nil { // else it was not added, or the group ends
			decided = &s
		}
	}
	v.Boxes = append(v.Boxes, g.self(st))
	if decided != nil {
		g.viewAgreed(v, decided)
	}
	switch {
	case all:
		v.Ready = true
		return v
	case g.Config.External:
		g.viewExternal(v, l, st)
	case decided != nil:
		g.viewDecided(v, decided)
	}
	v.Reason = reasonOf(st)
	return v
}

// reasonOf returns why the bond has no permission, or nil if it has one.
func reasonOf(st *bond.Status) *view.Reason {
	p := st.Permission
	if p.Until > plane.Clock() {
		return nil
	}
	code := p.Code
	if code == 0 {
		code = lacp.ReasonPermissionLost
	}
	return &view.Reason{
		Code: code.String(), Number: int(code), Severity: code.Severity().String(), Since: st.Since,
		Have: p.Have, Want: p.Want, Advice: code.Advice(),
	}
}

// viewExternal fills in what the box's own engine has decided.
func (g *Group) viewExternal(v *view.LAG, l *lag, st *bond.Status) {
	g.mu.Lock()
	defer g.mu.Unlock()
	v.Active, v.Epoch, v.Score, v.Ready = string(l.active), l.epoch, chassis.Score(*st), true
	switch left := l.until - plane.Clock(); {
	case left > 0:
		v.Role, v.Left, v.Source = view.RoleActive, int(left.Milliseconds()), view.SourceExternal
	case v.Active == g.Config.Name: // its permission has ended
		v.Active = ""
	case v.Active != "":
		v.Role = view.RoleStandby
	}
}

// viewDecided fills in the role of this box.
func (g *Group) viewDecided(v *view.LAG, s *chassis.Status) {
	v.Active, v.Epoch, v.Score, v.Ready = string(s.View.Active), s.View.Epoch, s.Score, s.Ready && s.Score > 0
	v.Left, v.TakeoverMS = int(s.Left.Milliseconds()), int(s.TakeoverTime.Milliseconds())
	self := &v.Boxes[0]
	self.Score, self.Able = s.Score, v.Ready && s.Obstacle == (chassis.Obstacle{})
	switch {
	case s.Left > 0:
		v.Role, v.Source = view.RoleActive, g.source(s.Enduring)
	case self.Able && s.Known && v.Active != "" && v.Active != g.Config.Name:
		v.Role = view.RoleStandby
	}
	t := &s.Takeovers
	v.Counters = view.LAGCounters{
		Vetoes: s.Vetoes, Vacant: t[chassis.CauseVacant], Silent: t[chassis.CauseSilent], Gone: t[chassis.CauseGone],
		HandedOver: t[chassis.CauseHandOver], Restart: t[chassis.CauseRestart], AloneSeconds: uint64(s.Alone / time.Second),
	}
}

// viewAgreed fills in what the other boxes report, and the differences.
func (g *Group) viewAgreed(v *view.LAG, s *chassis.Status) {
	for i := range s.Peers {
		b := peerBox(&s.Peers[i])
		b.Able = b.Able && s.Peers[i].Heard < g.Config.Hold // else it is silent
		v.Boxes = append(v.Boxes, b)
	}
	for i := range s.Differences {
		d := &s.Differences[i]
		v.Differences = append(v.Differences, view.Discrepancy{What: d.Name, Box: string(d.Chassis), Ours: d.Have, Theirs: d.Want})
	}
}

// peerBox returns the part of another box.
func peerBox(p *chassis.PeerStatus) view.Box {
	b := view.Box{Name: string(p.ID), Able: p.Able && !p.Gone, Gone: p.Gone, Score: p.Score, Ports: []int{}}
	if p.Boot != 0 {
		heard := int(p.Heard.Milliseconds())
		b.Heard = &heard
	}
	r := p.Report
	if r == nil {
		return b
	}
	b.Links = len(r.Ports)
	for i := range r.Ports {
		b.Ports = append(b.Ports, int(r.Ports[i].Port.Number))
		b.Number = int(r.Ports[i].Port.Number >> 12)
	}
	if partner, links := r.Partner(); links > 0 {
		b.Partner = partnerText(partner.System, partner.Key)
	}
	return b
}

// source returns where a permission comes from.
func (g *Group) source(enduring bool) string {
	g.mu.Lock()
	store := g.store
	g.mu.Unlock()
	switch {
	case enduring:
		return view.SourceNone
	case store.fresh(g.Config.Hold):
		return view.SourceStore
	}
	return view.SourcePeers
}

// self returns this box's part of a LAG.
func (g *Group) self(st *bond.Status) view.Box {
	score := chassis.Score(*st)
	g.mu.Lock()
	number := g.identity.Number
	g.mu.Unlock()
	b := view.Box{Name: g.Config.Name, Number: number, Self: true, Able: score > 0, Score: score, Links: len(st.Members), Ports: []int{}}
	for i := range st.Members {
		m := &st.Members[i].LACP
		b.Ports = append(b.Ports, int(m.Actor.Port.Number))
		if b.Partner == "" && m.Receive == lacp.ReceiveCurrent && m.Partner.System != (lacp.SystemID{}) {
			b.Partner = partnerText(m.Partner.System, m.Partner.Key)
		}
	}
	return b
}

// partnerText returns a partner's System and key as in "8000,00:1c:73:00:00:01 key 12".
func partnerText(system lacp.SystemID, key lacp.Key) string {
	return fmt.Sprintf("%04x,%v key %d", system.Priority, system.MAC, key)
}
