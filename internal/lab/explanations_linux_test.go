package lab

import "time"

// sendsRarely describes Open vSwitch in two kinds of cases.
const sendsRarely = "Once it has given its partner up, or at the slow rate, it sends only each 30 s, and a passive partner has to wait for that before it may send."

// explanations returns the known behaviour of the peers. Each text was derived from a capture,
// and each condition checks the very case.
func explanations() []*explanation {
	oneWay := []caseKind{caseOneWay, caseSilence}
	unheard := []string{unheardCase, unheardLACP, silentCase}
	return []*explanation{
		{
			peer: linuxBonding, figure: figureForm, kinds: []caseKind{caseForm}, when: waitedNoLonger, evidence: "form",
			text: "It polls the carrier, and runs its machines, ten times a second, and sends no more than three LACPDUs a second. Our share is the two seconds of wait-while after its first LACPDU.",
		},
		{
			peer: linuxBonding, figure: figureStopB, kinds: oneWay, cases: unheard, when: stopsWithin(4 * time.Second), evidence: unheardCase,
			text: "Its timer counts in ticks of 100 ms, each a little longer under load, so it gives us up that much later.",
		},
		{
			peer: linuxBonding, figure: figureStopA, kinds: oneWay, cases: unheard, when: toldLate, evidence: unheardCase,
			text: "We stop when it reports that it does not receive us, and that report comes late.",
		},
		{
			peer: teamDriver, figure: figureForm, kinds: []caseKind{caseForm}, when: waitedNoLonger, evidence: "form",
			text: "Its kernel reports a carrier up to a second late, and it sends only then. Our share is the two seconds of wait-while after its first LACPDU. With itself it does without that wait.",
		},
		{
			peer: teamDriver, figure: figureLost, kinds: []caseKind{caseCarrier}, when: answersOnly, evidence: carrierLostCase,
			text: "Our requests got through. Its answers are lost: it sends them into the cable until its daemon has noticed the loss of carrier.",
		},
		{
			peer: teamDriver, figure: figureStopA, kinds: []caseKind{caseLeave}, cases: []string{theyLeaveCase}, when: timedOut, evidence: theyLeaveCase,
			text: "It leaves without a last LACPDU, so its partner has to time out.",
		},
		{
			peer: openVSwitch, figure: figureStopB, kinds: oneWay, cases: unheard, when: stopsWithin(6300 * time.Millisecond), evidence: unheardCase,
			text: "It goes on collecting and distributing in EXPIRED, for three more seconds. We stop when it reports that it does not receive us.",
		},
		{
			peer: openVSwitch, figure: figureStopA, kinds: []caseKind{caseLeave}, cases: []string{theyLeaveCase}, when: timedOut, evidence: theyLeaveCase,
			text: "It leaves without a last LACPDU, so its partner has to time out.",
		},
		{
			peer: openVSwitch, figure: figureStopB, kinds: []caseKind{caseLeave}, cases: []string{weLeaveCase}, evidence: weLeaveCase,
			when: func(r *result) bool { return r.figures.silent || r.figures.stopB <= 6300*time.Millisecond+r.slack },
			text: "When its partner leaves, it stops using the members at once, but reports that it uses them until it has given the partner up. A passive or slow one does not report that it stops within 10 s.",
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
			text: "It runs its machines ten times a second and sends at most twice a second. Our share is the two seconds of wait-while after its first LACPDU.",
		},
		{
			peer: dpdk, figure: figureStopB, kinds: oneWay, cases: unheard, evidence: unheardCase,
			when: func(r *result) bool { return r.figures.long },
			text: "It asks for LACPDUs each 30 s at any configured rate, so it takes 90 s to notice that it receives nothing.",
		},
		{
			peer: dpdk, figure: figureStopA, kinds: oneWay, cases: unheard, evidence: unheardCase,
			when: func(r *result) bool { return r.figures.long },
			text: "Until it notices that it receives nothing, it goes on reporting that it collects, so its partner can't know.",
		},
		{
			peer: dpdk, figure: figureBack, kinds: oneWay, cases: unheard, evidence: unheardCase,
			when: func(r *result) bool { return r.figures.long },
			text: "It wants LACPDUs only each 30 s, so it takes that long to report that it receives us again.",
		},
		{
			peer: dpdk, figure: figureStopA, kinds: []caseKind{caseLeave}, cases: []string{theyLeaveCase}, when: timedOut, evidence: theyLeaveCase,
			text: "It leaves without a last LACPDU, so its partner has to time out.",
		},
	}
}
