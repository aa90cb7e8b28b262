package lab

import "time"

// sendsRarely describes Open vSwitch in two kinds of cases.
const sendsRarely = "Once it has given its partner up, or at the slow rate, it sends each 30 s only, and a passive partner has to wait for that before it may speak."

// explanations returns the known behaviour of the peers. Each text was derived from a capture,
// and each condition checks the very case.
func explanations() []*explanation {
	oneWay := []caseKind{caseOneWay, caseSilence}
	unheard := []string{unheardCase, unheardLACP, silentCase}
	return []*explanation{
		{
			peer: linuxBonding, figure: figureForm, kinds: []caseKind{caseForm}, when: waitedNoLonger, evidence: "form",
			text: "It looks at the carrier, and runs its machines, ten times a second, and sends no more than three LACPDUs a second: our part is the two seconds of wait-while from its first LACPDU on.",
		},
		{
			peer: linuxBonding, figure: figureStopB, kinds: oneWay, cases: unheard, when: stopsWithin(4 * time.Second), evidence: unheardCase,
			text: "Its timer counts in ticks of 100 ms, each a little longer under load: it gives us up late by that.",
		},
		{
			peer: linuxBonding, figure: figureStopA, kinds: oneWay, cases: unheard, when: toldLate, evidence: unheardCase,
			text: "We stop when it says that it does not hear us, and that comes late.",
		},
		{
			peer: teamDriver, figure: figureForm, kinds: []caseKind{caseForm}, when: waitedNoLonger, evidence: "form",
			text: "Its kernel tells it of a carrier up to a second late, and it speaks then: our part is the two seconds of wait-while from its first LACPDU on. With itself it does without that wait.",
		},
		{
			peer: teamDriver, figure: figureLost, kinds: []caseKind{caseCarrier}, when: answersOnly, evidence: carrierLostCase,
			text: "Our requests got through: what is lost are its answers, which it sends into the cable until its daemon has heard of the carrier.",
		},
		{
			peer: teamDriver, figure: figureStopA, kinds: []caseKind{caseLeave}, cases: []string{theyLeaveCase}, when: timedOut, evidence: theyLeaveCase,
			text: "It leaves without a word: its partner has to time out.",
		},
		{
			peer: openVSwitch, figure: figureStopB, kinds: oneWay, cases: unheard, when: stopsWithin(6300 * time.Millisecond), evidence: unheardCase,
			text: "It goes on collecting and distributing in EXPIRED, for three seconds more; we stop when it says that it does not hear us.",
		},
		{
			peer: openVSwitch, figure: figureStopA, kinds: []caseKind{caseLeave}, cases: []string{theyLeaveCase}, when: timedOut, evidence: theyLeaveCase,
			text: "It leaves without a word: its partner has to time out.",
		},
		{
			peer: openVSwitch, figure: figureStopB, kinds: []caseKind{caseLeave}, cases: []string{weLeaveCase}, evidence: weLeaveCase,
			when: func(r *result) bool { return r.figures.silent || r.figures.stopB <= 6300*time.Millisecond+r.slack },
			text: "When its partner leaves it stops using the members at once but goes on saying that it uses them until it has given the partner up; a passive or slow one does not say it within 10 s.",
		},
		{
			peer: openVSwitch, figure: figureBack, kinds: []caseKind{caseLeave}, evidence: weLeaveCase,
			when: func(r *result) bool { return (r.config.aPassive || r.config.slow) && r.figures.back <= 33*time.Second },
			text: sendsRarely,
		},
		{
			peer: openVSwitch, figure: figureForm, kinds: []caseKind{caseChange}, cases: []string{theyRestartCase}, evidence: weLeaveCase,
			when: func(r *result) bool { return r.config.slow && r.figures.form <= 33*time.Second },
			text: sendsRarely,
		},
		{
			peer: dpdk, figure: figureForm, kinds: []caseKind{caseForm}, when: waitedNoLonger, evidence: "form",
			text: "It runs its machines ten times a second and sends each half second at most: our part is the two seconds of wait-while from its first LACPDU on.",
		},
		{
			peer: dpdk, figure: figureStopB, kinds: oneWay, cases: unheard, evidence: unheardCase,
			when: func(r *result) bool { return r.figures.long },
			text: "It asks for LACPDUs each 30 s whatever rate is wanted, and so takes 90 s to see that it hears nothing.",
		},
		{
			peer: dpdk, figure: figureStopA, kinds: oneWay, cases: unheard, evidence: unheardCase,
			when: func(r *result) bool { return r.figures.long },
			text: "Until it sees that it hears nothing nobody can tell: it goes on saying that it collects.",
		},
		{
			peer: dpdk, figure: figureBack, kinds: oneWay, cases: unheard, evidence: unheardCase,
			when: func(r *result) bool { return r.figures.long },
			text: "As it wants LACPDUs each 30 s only, it takes that long to say that it hears us again.",
		},
		{
			peer: dpdk, figure: figureStopA, kinds: []caseKind{caseLeave}, cases: []string{theyLeaveCase}, when: timedOut, evidence: theyLeaveCase,
			text: "It leaves without a word: its partner has to time out.",
		},
	}
}
