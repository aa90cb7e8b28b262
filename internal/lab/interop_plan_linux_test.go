package lab

import "slices"

// configuration is one way to set a pair up, with the cases it goes through.
type configuration struct {
	pairConfig
	cases []interopCase
	// with says which peers it is for; nil: all.
	with []*peerKind
	// oneSided: it is of our end alone, so that a peer with itself has it not.
	oneSided bool
}

// plain is the configuration that goes through all cases. What a peer with itself
// does there is also the measure for those that a peer can't have.
var plain = pairConfig{members: 2}

// configurations are all of them.
func configurations() []configuration {
	coupled := pick("form", carrierLostCase, unheardCase, deafCase)
	return []configuration{
		{pairConfig: plain, cases: interopCases},
		{pairConfig: pairConfig{members: 4}, cases: pick("form", carrierLostCase, unheardCase, deafCase)},
		{pairConfig: pairConfig{members: 2, slow: true}, cases: pick("form", carrierLostCase, theyRestartCase, weLeaveCase, theyLeaveCase)},
		{pairConfig: pairConfig{members: 2, slow: true}, cases: pick(deafCase), oneSided: true},
		{pairConfig: pairConfig{members: 2, aPassive: true}, cases: pick("form", carrierLostCase, weRestartCase, theyRestartCase, weLeaveCase, theyLeaveCase)},
		{pairConfig: pairConfig{members: 2, bPassive: true}, cases: pick("form", carrierLostCase, weRestartCase, theyRestartCase, weLeaveCase, theyLeaveCase)},
		{pairConfig: pairConfig{members: 2, aCoupled: true}, cases: coupled, oneSided: true},
		{pairConfig: pairConfig{members: 2, aLimit: 1}, cases: limitCases, oneSided: true},
		{pairConfig: pairConfig{members: 2, aLimit: 1, bLimit: 1}, cases: limitCases, oneSided: true, with: []*peerKind{ours}},
		{pairConfig: pairConfig{members: 2, noWait: true}, cases: pick("form", carrierLostCase), oneSided: true, with: []*peerKind{ours, openVSwitch}},
	}
}

// pick returns cases by their names.
func pick(names ...string) []interopCase {
	var some []interopCase
	for _, name := range names {
		i := slices.IndexFunc(interopCases, func(c interopCase) bool { return c.name == name })
		some = append(some, interopCases[i])
	}
	return some
}

// isFor reports whether a pair goes through the configuration.
func (c *configuration) isFor(a, b *peerKind) bool {
	return (c.with == nil || slices.Contains(c.with, b)) && (a == ours || !c.oneSided)
}

// isQuick reports whether some of its cases are run always.
func (c *configuration) isQuick() bool {
	return c.pairConfig == plain || c.aLimit > 0 && c.bLimit > 0 || c.noWait
}
