package lab

import "slices"

// configuration is one way to set up a pair, with its cases.
type configuration struct {
	pairConfig
	cases []interopCase
	// with reports whether the configuration applies to a peer; nil: it applies to all.
	with []*peerKind
	// oneSided is set if it concerns only our end, so that it does not apply to a peer with
	// itself.
	oneSided bool
}

// plain is the configuration that runs all cases. The results of a peer with itself in it are
// also the measure for configurations that the peer does not support.
var plain = pairConfig{members: 2}

// configurations returns all configurations.
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

// pick returns the cases with these names.
func pick(names ...string) []interopCase {
	var some []interopCase
	for _, name := range names {
		i := slices.IndexFunc(interopCases, func(c interopCase) bool { return c.name == name })
		some = append(some, interopCases[i])
	}
	return some
}

// isFor reports whether the configuration applies to a pair.
func (c *configuration) isFor(a, b *peerKind) bool {
	return (c.with == nil || slices.Contains(c.with, b)) && (a == ours || !c.oneSided)
}

// isQuick reports whether some of its cases always run.
func (c *configuration) isQuick() bool {
	return c.pairConfig == plain || c.aLimit > 0 && c.bLimit > 0 || c.noWait
}
