package chassis

import (
	"strconv"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// holds reports whether this life of the chassis has claimed the LAG, has not resigned it, and counts on
// the same group. Another life may be an earlier one, or that of a box with the same name.
func (m *Machine) holds() bool {
	v := &m.view
	return m.known && v.Active == m.cfg.Me &&
		(v.Epoch != m.resigned || m.off(ruleResigned)) &&
		(v.Holder == m.cfg.Boot || m.off(ruleLife)) &&
		(v.Members == m.members || m.off(ruleMembers))
}

// elsewhere reports whether the LAG was claimed under the name of this chassis in another life.
func (m *Machine) elsewhere() bool {
	return m.view.Active == m.cfg.Me && m.view.Holder != 0 && m.view.Holder != m.cfg.Boot && !m.off(ruleLife)
}

// extend lets frames pass until a time, if this chassis holds the LAG.
func (m *Machine) extend(until time.Duration) {
	if m.holds() {
		m.until = max(m.until, until)
	}
}

// expire ends a permission that is over or not held.
func (m *Machine) expire() {
	if m.now >= m.until || !m.holds() {
		m.until = 0
	}
}

// Hold/leastGain is the least time worth extending a permission for. The store and the other chassis
// answer almost together, and the second answer adds nothing.
const leastGain = 16

// tell emits the permission if it has changed.
func (m *Machine) tell() {
	p := Permit{Until: m.until}
	if m.until > 0 {
		p.Epoch = m.view.Epoch
	} else {
		p.Code, p.Have, p.Want = m.why()
	}
	again := p.Epoch == m.told.Epoch && p.Epoch != 0 && p.Until < m.told.Until+m.cfg.Hold/leastGain
	if p != m.told && !again {
		m.told = p
		m.out = append(m.out, Action{Kind: ActionPermit, Permit: p})
	}
}

// why returns why the data path is closed.
func (m *Machine) why() (code lacp.ReasonCode, have, want string) {
	v := &m.view
	switch {
	case !m.known:
		return lacp.ReasonNoStore, "", ""
	case m.score < m.cfg.MinScore:
		return lacp.ReasonNotReady, "score " + strconv.Itoa(m.score), "at least " + strconv.Itoa(m.cfg.MinScore)
	case !m.able():
		return m.obstacle.Code, m.obstacle.Have, m.obstacle.Want
	case m.elsewhere():
		return lacp.ReasonStandbyChassis, string(v.Active) + " in another life", ""
	case v.Active == m.cfg.Me || v.Active == "":
		return lacp.ReasonPermissionLost, "", ""
	case v.Members != m.members:
		return lacp.ReasonChassisDiffers, "group " + strconv.FormatUint(m.members, 16), "group " + strconv.FormatUint(v.Members, 16)
	}
	return lacp.ReasonStandbyChassis, string(v.Active), ""
}
