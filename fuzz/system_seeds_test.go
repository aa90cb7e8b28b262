package fuzz

import (
	"slices"

	"github.com/lagkit/lagkit/lacp"
)

// systemSeed is a script for a case that random input does not reach within minutes.
type systemSeed struct {
	name   string
	reason lacp.ReasonCode // a reason that some port has during the script
	script []byte
}

type steps = [][3]byte

// on returns a step for port n, and all a step that does not depend on the port.
func on(n byte, op opcode, a, b byte) [3]byte { return [3]byte{(n-1)<<6 | byte(op), a, b} }
func all(op opcode, a, b byte) [3]byte        { return on(1, op, a, b) }

// scriptOf returns a script for four ports with tracing. It ends with a look at the whole
// System.
func scriptOf(parts ...steps) []byte {
	script := []byte{7}
	for _, step := range slices.Concat(parts...) {
		script = append(script, step[:]...)
	}
	return append(script, byte(opLook), 0, 0)
}

// scriptOfFrames returns a script that makes port 1 receive frames half a second apart.
func scriptOfFrames(frames [][]byte) []byte {
	script := []byte{0, byte(opLink), linkUp, 1}
	for _, frame := range frames {
		script = append(script, byte(opRaw), byte(len(frame)), 0)
		script = append(script, frame...)
		script = append(script, byte(opWait), 10, 0)
	}
	return script
}

const (
	linkUp   = 5 // full duplex; speed 1 is 1 Gb/s
	linkHalf = 3
	healthyS = 0x3d
	fastS    = 0x3f
	unsynced = 0x05
)

// up returns steps that bring the links of the ports up and let their partners talk for a
// while.
func up(ports ...byte) (s steps) {
	for _, n := range ports {
		s = append(s, on(n, opLink, linkUp, 1))
	}
	return append(s, all(opTalk, 3, 0))
}

func fast(ports ...byte) (s steps) {
	for _, n := range ports {
		s = append(s, on(n, opPort, portShortTimeout, 1), on(n, opPeer, peerState, fastS))
	}
	return s
}

var systemSeeds = []systemSeed{
	{"a LAG of four, one after the other", lacp.ReasonWaitingForPorts, scriptOf(steps{
		on(3, opLink, linkUp, 1), all(opTalk, 0, 0), on(1, opLink, linkUp, 1), all(opTalk, 0, 0), all(opLook, 0, 0),
	}, up(2, 4), steps{all(opLook, 0, 0), on(3, opRemove, 0, 0), all(opTalk, 1, 0), on(3, opAdd, 0, 0), on(3, opAdd, 0, 0)}, up(3))},
	{"a limit of links", lacp.ReasonStandby, scriptOf(steps{all(opConfig, cfgMaxLinks, 3)}, up(1, 2, 3, 4), steps{
		all(opLook, 0, 0), on(1, opLink, 0, 0), all(opTalk, 3, 0), all(opConfig, cfgNonRevertive, 1), on(1, opLink, linkUp, 1), all(opTalk, 5, 0)})},
	{"a limit of links, the partner decides", lacp.ReasonStandby, scriptOf(steps{
		all(opConfig, cfgMaxLinks, 2), on(1, opPeer, peerPriority, 1), on(2, opPeer, peerPriority, 1), on(1, opPeer, peerState, unsynced),
		on(1, opPeer, peerPortPriority, 200)}, up(1, 2), steps{on(1, opPeer, peerState, healthyS), all(opTalk, 3, 0)})},
	{"wait to restore", lacp.ReasonWaitToRestore, scriptOf(steps{all(opConfig, cfgWaitToRestore, 7)}, up(1, 2), steps{
		on(1, opLink, 0, 0), all(opTalk, 1, 0), on(1, opLink, linkUp, 1), all(opTalk, 2, 0), all(opLook, 0, 0), all(opTalk, 7, 0),
		on(2, opLink, 0, 0), on(2, opLink, linkUp, 1), all(opTalk, 1, 0), all(opConfig, cfgWaitToRestore, 1), all(opTalk, 2, 0)})},
	{"too few links", lacp.ReasonBelowMinLinks, scriptOf(steps{all(opConfig, cfgLinkNotifications, 1), all(opConfig, cfgMinLinks, 4), all(opConfig, cfgMinLinksDown, 3)},
		up(1, 2), up(3), steps{on(1, opLink, 0, 0), on(2, opLink, 0, 0), all(opTalk, 1, 0)})},
	{"administratively down", lacp.ReasonAdminDown, scriptOf(up(1, 2), steps{all(opConfig, cfgAdminDown, 1), all(opLook, 0, 0), all(opConfig, cfgAdminDown, 0)})},
	{"one falls back", lacp.ReasonFallbackWait, scriptOf(steps{all(opConfig, cfgRequirePartner, 1), all(opConfig, cfgFallbackTimeout, 3), all(opConfig, cfgFallback, 1),
		on(4, opPort, portKey, 2), on(1, opPort, portAdminState, 0x35)}, steps{on(1, opLink, linkUp, 1), on(2, opLink, linkUp, 1), on(4, opLink, linkUp, 1),
		all(opWait, 0, 4), all(opWait, 0, 5), all(opLook, 0, 0), on(1, opLink, 0, 0), all(opWait, 0, 2), on(1, opLink, linkUp, 1), all(opWait, 0, 9), on(2, opHear, 0, 0), all(opWait, 0, 1)})},
	{"all fall back", lacp.ReasonDistributing, scriptOf(steps{all(opConfig, cfgRequirePartner, 1), on(1, opLink, linkUp, 1), on(2, opLink, linkUp, 1), all(opWait, 0, 5),
		all(opConfig, cfgFallback, 2), all(opConfig, cfgFallbackTimeout, 2), all(opWait, 0, 5), all(opLook, 0, 0), all(opConfig, cfgRequirePartner, 0),
		on(1, opHear, 1, unsynced), all(opConfig, cfgFallback, 0), all(opConfig, cfgRequirePartner, 0), all(opConfig, cfgRequirePartner, 1)})},
	{"a partner is required again", lacp.ReasonNeverHeard, scriptOf(steps{on(1, opLink, linkUp, 1), all(opWait, 0, 9), all(opConfig, cfgRequirePartner, 1)})},
	{"flapping is dampened", lacp.ReasonDampened, scriptOf(steps{all(opConfig, cfgDampening, 3), all(opConfig, cfgSuppress, 10)}, up(1), steps{
		on(1, opLink, 0, 0), on(1, opLink, linkUp, 1), all(opTalk, 0, 0), all(opLook, 0, 0), all(opTalk, 3, 0), all(opConfig, cfgReuse, 200),
		all(opConfig, cfgMaxPenalty, 1), all(opConfig, cfgDampening, 0), all(opConfig, cfgDampening, 1)})},
	{"drained", lacp.ReasonDraining, scriptOf(up(1, 2), steps{on(1, opDrain, 0, 0), on(1, opDrain, 0, 0), all(opLook, 0, 0), on(1, opDrain, 2, 0), on(1, opDrain, 0, 0),
		on(1, opHear, 0, 0), on(1, opHear, 1, 0x1d), all(opWait, 3, 0), all(opLook, 0, 0), on(1, opDrain, 1, 0), all(opTalk, 2, 0),
		on(2, opDrain, 0, 0), all(opWait, 0, 6), on(3, opDrain, 0, 0), on(2, opDrain, 1, 0), all(opTalk, 3, 0), on(2, opDrain, 0, 0), on(2, opLink, 0, 0)})},
	{"an expired partner", lacp.ReasonExpired, scriptOf(steps{all(opConfig, cfgWithdrawOnExpired, 1)}, fast(1, 2), up(1, 2), steps{
		all(opWait, 10, 3), all(opLook, 0, 0), on(1, opHear, 0, 0), all(opTalk, 2, 0), all(opWait, 0, 7), all(opLook, 0, 0)})},
	{"a partner given up", lacp.ReasonDefaulted, scriptOf(fast(1), steps{all(opConfig, cfgRequirePartner, 1)}, up(1), steps{all(opWait, 0, 7)})},
	{"a partner that says it has expired", lacp.ReasonPartnerDefaultedUs, scriptOf(steps{all(opConfig, cfgTreatExpiredAsOutOfSync, 1)}, up(1), steps{
		on(1, opHear, 1, 0xbd), all(opWait, 0, 1), on(1, opHear, 1, 0xbd), all(opLook, 0, 0), all(opWait, 0, 3), on(1, opHear, 1, 0xbd), on(1, opHear, 0, 0)})},
	{"a cable is moved", lacp.ReasonDistributing, scriptOf(up(1, 2), steps{on(1, opLink, 0, 0), on(3, opPeer, peerSame, 0), on(3, opLink, linkUp, 1),
		on(3, opHear, 0, 0), all(opLook, 0, 0), all(opTalk, 3, 0), on(4, opPeer, peerSame, 2)}, up(4), steps{on(4, opHear, 0, 0), on(3, opLink, 0, 0), on(4, opHear, 0, 0)})},
	{"one partner port on two ports", lacp.ReasonDuplicatePartnerPort, scriptOf(steps{on(2, opPeer, peerSame, 0), on(1, opPeer, peerState, unsynced), on(2, opPeer, peerState, unsynced)},
		up(1, 2), steps{all(opTalk, 2, 0)})},
	{"no aggregator left", lacp.ReasonNoAggregator, scriptOf(steps{all(opConfig, cfgAggregators, 2), on(2, opPeer, peerAddress, 0xc)}, up(1), up(2), steps{
		all(opLook, 0, 0), on(1, opPeer, peerAddress, 0xc), all(opTalk, 3, 0)})},
	{"an aggregator of another key", lacp.ReasonDistributing, scriptOf(up(1, 2), steps{on(1, opPort, portKey, 2), all(opTalk, 3, 0), all(opLook, 0, 0),
		on(3, opPort, portIndividual, 1), on(3, opPort, portPriority, 9), on(4, opPort, portStaticKey, 1), on(4, opPort, portKey, 0xff)}, up(3, 4), steps{
		on(3, opPort, portPriority, 8), all(opTalk, 2, 0), on(1, opRemove, 0, 0), on(2, opRemove, 0, 0), all(opLook, 0, 0), on(3, opPort, portIndividual, 0), all(opTalk, 2, 0)})},
	{"a loop to itself", lacp.ReasonLoopbackSelf, scriptOf(up(1), steps{on(1, opPeer, peerLoop, 0), on(1, opHear, 0, 0), on(1, opHear, 0, 0), on(1, opLink, 0, 0), on(1, opLink, linkUp, 1), on(1, opHear, 0, 0)})},
	{"a loop to another port", lacp.ReasonLoopbackSystem, scriptOf(steps{on(1, opLink, linkUp, 1), on(2, opLink, linkUp, 1), on(1, opPeer, peerLoop, 1), on(2, opPeer, peerLoop, 0),
		all(opTalk, 0, 0), on(1, opPeer, peerLoop, 1), on(2, opPeer, peerLoop, 0), all(opTalk, 3, 0)})},
	{"impossible partners", lacp.ReasonPartnerInvalid, scriptOf(steps{on(1, opPeer, peerGroup, 3), on(2, opPeer, peerNobody, 0)}, up(1, 2), steps{on(1, opPeer, peerGood, 0), all(opTalk, 3, 0)})},
	{"old values of ours", lacp.ReasonPartnerStale, scriptOf(up(1), steps{on(1, opEcho, 0, unsynced), all(opTalk, 2, 1), on(1, opEcho, 1, unsynced), all(opLook, 0, 0), on(1, opEcho, 2, unsynced),
		all(opTalk, 2, 1), on(1, opEcho, 3, unsynced), on(1, opEcho, 4, healthyS), on(1, opEcho, 5, 0), on(1, opEcho, 5, unsynced), all(opTalk, 1, 0)})},
	{"the partner does not collect", lacp.ReasonPartnerNotCollecting, scriptOf(up(1), steps{on(1, opHear, 1, 0x0d), all(opWait, 10, 0), on(1, opHear, 1, 0x1d)})},
	{"the partner is individual", lacp.ReasonDistributing, scriptOf(up(1, 2), steps{on(1, opPeer, peerState, 0x39), all(opTalk, 3, 0), all(opLook, 0, 0),
		on(2, opPeer, peerKey, 9), all(opTalk, 3, 0), all(opLook, 0, 0), on(1, opPeer, peerGood, 0), on(2, opPeer, peerGood, 0), on(2, opLink, linkUp, 3), all(opTalk, 3, 0)})},
	{"held by gates", lacp.ReasonGateHold, scriptOf(up(1, 2), steps{on(1, opGate, 1, 1), on(1, opGate, 1, 1), all(opTalk, 0, 0), all(opLook, 0, 0), on(1, opGate, 2, 2), all(opTalk, 0, 0), on(1, opGate, 1, 2),
		on(2, opPort, portCoupledControl, 1), on(2, opGate, 3, 1), all(opTalk, 3, 0), on(2, opGate, 3, 0), on(2, opGate, 3, 0), on(2, opGate, 3, 3), on(2, opGate, 0, 1), all(opTalk, 3, 0), on(2, opHear, 1, unsynced)})},
	{"more gates than may be", lacp.ReasonGateHold, scriptOf(up(1), manyGates())},
	{"half duplex", lacp.ReasonHalfDuplex, scriptOf(up(1), steps{on(1, opLink, linkHalf, 1), all(opLook, 0, 0), on(1, opPort, portAdminSystem, 9), on(2, opLink, 1, 2)}, up(1))},
	{"disabled", lacp.ReasonLACPDisabled, scriptOf(up(1), steps{on(1, opPort, portDisabled, 1), on(1, opHear, 0, 0), on(2, opPort, portDisabled, 1), on(2, opLink, linkUp, 1), all(opWait, 0, 4),
		on(1, opPort, portDisabled, 0), all(opWait, 0, 5), on(1, opPort, portDisabled, 1)})},
	{"Partner_Admin", lacp.ReasonDistributing, scriptOf(steps{on(1, opLink, linkUp, 1), all(opWait, 0, 6), on(1, opPort, portAdminSystem, 5), on(1, opPort, portAdminState, 0x3d), on(1, opPort, portAdminKey, 4), all(opWait, 0, 5)})},
	{"both ends passive", lacp.ReasonPassiveBothEnds, scriptOf(steps{all(opConfig, cfgRequirePartner, 1), on(1, opPort, portPassive, 1), on(1, opLink, linkUp, 1), all(opWait, 0, 9), on(1, opHear, 1, 0x3c), all(opWait, 0, 99), all(opWait, 0, 9)})},
	{"a partner that never speaks", lacp.ReasonNeverHeard, scriptOf(steps{all(opConfig, cfgRequirePartner, 1), on(1, opLink, linkUp, 1), all(opWait, 0, 99)})},
	{"churn", lacp.ReasonPartnerNotInSync, scriptOf(steps{on(1, opPeer, peerState, unsynced), on(2, opPeer, peerNobody, 0)}, up(1, 2), steps{
		on(1, opHear, 0, 0), all(opWait, 0, 65), on(1, opHear, 1, healthyS), on(2, opPeer, peerGood, 0), all(opTalk, 3, 0)})},
	{"nothing can be sent", lacp.ReasonTxFailing, scriptOf(fast(1), up(1), steps{on(1, opFailed, 0, 0), on(1, opLink, linkHalf, 1), on(1, opLink, linkUp, 1), on(1, opFailed, 0, 0), on(1, opHear, 1, unsynced), all(opWait, 5, 0), all(opWait, 5, 2)})},
	{"a partner is led", lacp.ReasonDistributing, scriptOf(steps{all(opConfig, cfgAlignPeriodicTx, 1)}, fast(1, 2), up(1, 2), steps{
		all(opWait, 15, 0), all(opTalk, 5, 0), all(opWait, 19, 0), all(opTalk, 5, 0), all(opWait, 1, 0), all(opTalk, 5, 0), all(opWait, 10, 0), all(opTalk, 3, 0)})},
	{"a first LACPDU is repeated", lacp.ReasonDistributing, scriptOf(steps{all(opConfig, cfgRetryFirstLACPDU, 1), on(1, opLink, linkUp, 1), on(2, opLink, linkUp, 1),
		all(opDue, 0, 0), on(1, opHear, 0, 0), all(opWait, 0, 1), all(opDue, 0, 0), on(2, opHear, 0, 0), all(opTalk, 5, 0)})},
	{"one of two partners does not collect", lacp.ReasonPartnerNotCollecting, scriptOf(steps{on(2, opPeer, peerAddress, 0xc), on(3, opPeer, peerAddress, 0xd),
		on(2, opPeer, peerState, 0x0d), on(3, opPeer, peerState, 0x0d)}, up(1, 2, 3))},
	{"a single flap", lacp.ReasonDistributing, scriptOf(steps{all(opConfig, cfgDampening, 3)}, up(1), steps{on(1, opLink, 0, 0), on(1, opHear, 0, 0)}, up(1))},
	{"passive in the end", lacp.ReasonDistributing, scriptOf(steps{on(1, opPort, portPassive, 1)}, up(1), steps{on(1, opHear, 1, 0x3c), all(opWait, 0, 2), on(2, opLink, linkUp, 1), on(2, opPort, portDisabled, 1)})},
	{"a limit of links, and one that leaves", lacp.ReasonGateHold, scriptOf(steps{all(opConfig, cfgMaxLinks, 3)}, up(1, 2, 3, 4), steps{
		on(1, opGate, 1, 2), all(opTalk, 2, 0), on(2, opPort, portKey, 2), all(opTalk, 2, 0), on(1, opGate, 1, 0), all(opTalk, 2, 0)})},
	{"driven late", lacp.ReasonDistributing, scriptOf(steps{all(opConfig, cfgStallTolerance, 10)}, fast(1, 2), up(1, 2), steps{
		all(opLate, 0, 5), all(opLook, 0, 0), all(opTalk, 2, 0), all(opLate, 21, 0), all(opLate, 24, 0), all(opLate, 42, 0)})},
	{"misaddressed", lacp.ReasonMisaddressed, scriptOf(steps{on(1, opLink, linkUp, 1), on(1, opFrame, 0x11, 255), on(1, opFrame, 0x41, 255), on(1, opFrame, 0x01, 255), all(opWait, 0, 99), on(1, opFrame, 0x41, 255)})},
	{"malformed", lacp.ReasonMalformedPDUs, scriptOf(steps{on(1, opLink, linkUp, 1), on(1, opFrame, 1, 50), on(1, opFrame, 2, 0), on(1, opFrame, 2, 1), on(1, opFrame, 2, 2), on(1, opFrame, 2, 4),
		on(1, opFrame, 3, 60), on(1, opFrame, 10, 60), on(1, opFrame, 5, 60), on(1, opFrame, 15, 60), on(1, opFrame, 0, 0), on(1, opFrame, 0xa1, 99), on(1, opFrame, 0x81, 99), on(1, opFrame, 0x40, 99), all(opWait, 0, 4)})},
	{"restarted", lacp.ReasonDistributing, scriptOf(up(1, 2, 3), steps{on(4, opPort, portCoupledControl, 1)}, up(4), steps{all(opRestart, 10, 0), all(opTalk, 3, 0), all(opLook, 0, 0),
		on(1, opHear, 1, 0x0d), on(2, opPort, portMAC, 1), on(2, opPort, portTimeoutMultiplier, 5), on(2, opPort, portTimeoutMultiplier, 21), on(2, opPort, portTimeoutMultiplier, 0), all(opRestart, 1, 0), all(opRestart, 0, 200)})},
	{"resumed in place", lacp.ReasonDistributing, scriptOf(up(1, 2), steps{all(opResume, 0, 0), on(1, opLink, 0, 0), on(1, opLink, linkUp, 1), all(opTalk, 2, 0), all(opResume, 0, 0),
		on(1, opPeer, peerGroup, 3), on(1, opHear, 0, 0), on(1, opLink, linkUp, 0), on(1, opLink, linkUp, 1), all(opTalk, 2, 0)})},
	{"another System", lacp.ReasonDistributing, scriptOf(up(1, 2), steps{all(opSystem, 0, 8), all(opTalk, 3, 0), all(opSystem, 0, 8), all(opSystem, 1, 1), all(opSystem, 1, 4), all(opConfig, cfgDestination, 3),
		all(opConfig, cfgDestination, 1), all(opConfig, cfgCollectorMaxDelay, 9), all(opConfig, cfgTrace, 0), all(opTalk, 3, 0), all(opConfig, cfgMaxLinks, 0)})},
	{"a gate that closes by itself", lacp.ReasonPermissionLost, scriptOf(up(1, 2), steps{on(1, opTimedGate, 1|1<<3, 40), all(opTalk, 0, 0), on(1, opTimedGate, 1|1<<3, 60), all(opTalk, 3, 0), all(opLook, 0, 0),
		on(1, opTimedGate, 1|2<<3, 255), on(1, opTimedGate, 1|2<<3, 255), all(opTalk, 1, 0), on(1, opTimedGate, 2, 100), all(opTalk, 1, 0), all(opRestart, 1, 0), all(opTalk, 3, 0)})},
	{"ports of other Systems", lacp.ReasonStandby, scriptOf(steps{all(opConfig, cfgMaxLinks, 3)}, up(1, 2, 3), steps{all(opForeign, 4, 1), all(opTalk, 2, 0), all(opForeign, 4, 7), all(opTalk, 2, 0), all(opLook, 0, 0),
		all(opForeign, 4, 0x87), all(opConfig, cfgMinLinks, 4), all(opTalk, 2, 0), all(opForeign, 2, 3), all(opConfig, cfgNonRevertive, 1), all(opTalk, 3, 0), all(opForeign, 0, 0), all(opTalk, 2, 0)})},
	{"fallback of another System", lacp.ReasonFallbackWait, scriptOf(steps{all(opConfig, cfgRequirePartner, 1), all(opConfig, cfgFallbackTimeout, 6), all(opConfig, cfgFallback, 1), all(opForeign, 3, 9|16), on(1, opLink, linkUp, 1), on(2, opLink, linkUp, 1), all(opWait, 0, 4), all(opWait, 0, 3), all(opWait, 0, 10), all(opLook, 0, 0),
		all(opForeign, 0, 0), all(opWait, 0, 5), all(opLook, 0, 0)})},
	{"invalid inputs", lacp.ReasonLinkDown, scriptOf(steps{all(opWrong, 0, 0), all(opWrong, 1, 0), on(1, opPort, portKey, 0), on(1, opPort, portKey, 255), all(opConfig, cfgFallback, 1), all(opConfig, cfgFallback, 0), all(opConfig, cfgRequirePartner, 1),
		all(opConfig, cfgFallback, 3), all(opConfig, cfgMaxLinks, 2), all(opConfig, cfgMinLinks, 5), all(opConfig, cfgMinLinks, 0), all(opConfig, cfgMinLinksDown, 5), all(opConfig, cfgWaitToRestore, 0),
		on(1, opRemove, 0, 0), on(1, opRemove, 0, 0), on(1, opLink, linkUp, 1), on(1, opHear, 0, 0), on(1, opGate, 1, 1), on(1, opDrain, 0, 0), on(1, opPort, portKey, 3), on(1, opFrame, 1, 99), on(1, opPeer, peerLoop, 0),
		all(opConfig, cfgAggregateWait, 0), on(2, opLink, linkUp, 1), on(2, opHear, 0, 0), all(opDue, 0, 0), all(opDue, 0, 0)})},
}

// manyGates returns steps that set seventeen gates on port 1 and then open one.
func manyGates() (s steps) {
	for gate := byte(1); gate <= lacp.MaxGates+1; gate++ {
		s = append(s, on(1, opGate, gate, 2))
	}
	return append(s, on(1, opGate, 1, 0))
}
