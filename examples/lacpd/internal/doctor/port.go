package doctor

import (
	"fmt"
	"slices"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// portChecks look at one member.
var portChecks = []func(e *exam, b *view.Bond, m *view.Member){
	checkReason, checkMTU, checkDuplex, checkChurn, checkFailures, checkFrames, checkOwner, checkManager, checkPrograms,
}

// checkReason finds a member whose reason is more than information.
func checkReason(e *exam, b *view.Bond, m *view.Member) {
	if !slices.Contains(severities, m.Reason.Severity) || m.Reason.Severity == severityInfo {
		return
	}
	what := view.InWords(m)
	if m.Reason.Have != "" || m.Reason.Want != "" {
		what += fmt.Sprintf(" (have %s, want %s)", m.Reason.Have, m.Reason.Want)
	}
	e.find(m.Reason.Severity, b, m.Name, what, m.Reason.Advice)
}

func checkMTU(e *exam, b *view.Bond, m *view.Member) {
	if m.Reason.Number != int(lacp.ReasonMTUMismatch) && m.Link.MTU > 0 && m.Link.MTU < b.MTU {
		e.find(severityMisconf, b, m.Name, fmt.Sprintf("has MTU %d, the bond %d", m.Link.MTU, b.MTU), lacp.ReasonMTUMismatch.Advice())
	}
}

func checkDuplex(e *exam, b *view.Bond, m *view.Member) {
	if m.Reason.Number != int(lacp.ReasonHalfDuplex) && m.Link.Up && m.Link.Duplex == lacp.DuplexHalf.String() {
		e.find(severityMisconf, b, m.Name, "is half duplex", lacp.ReasonHalfDuplex.Advice())
	}
}

func checkChurn(e *exam, b *view.Bond, m *view.Member) {
	if m.Link.Up && m.Churn.Partner == "churned" {
		e.find(severityWarning, b, m.Name, "has had no partner in sync for a minute", "See the partner's own LACP status.")
	}
	if m.Link.Up && m.Churn.Actor == "churned" {
		e.find(severityWarning, b, m.Name, "has not joined its LAG for a minute", "See its reason in lacpd status.")
	}
}

// manyFailures is from how many failures on a link is reported.
const manyFailures = 3

func checkFailures(e *exam, b *view.Bond, m *view.Member) {
	if n := m.Counters.LinkFailures; n >= manyFailures {
		e.find(severityWarning, b, m.Name, fmt.Sprintf("has lost its link %d times since lacpd started", n), "Check the cable, the plugs and the other end.")
	}
	if n := m.Counters.Timeouts; n >= manyFailures {
		e.find(severityWarning, b, m.Name, fmt.Sprintf("has stopped hearing its partner %d times since lacpd started", n), "See the partner's load, and whether frames are lost on the way.")
	}
}

// checkFrames finds frames that should not have been.
func checkFrames(e *exam, b *view.Bond, m *view.Member) {
	c := &m.Counters
	for _, d := range []struct {
		n                      uint64
		severity, what, advice string
	}{
		{c.IllegalRx, severityWarning, "has received %d malformed frames of the slow protocols", lacp.ReasonMalformedPDUs.Advice()},
		{c.TaggedSlow, severityInfo, "has received %d LACPDUs with a VLAN tag, or for another host", lacp.ReasonMisaddressed.Advice()},
		{c.LoopedRx, severityWarning, "has received %d of its own LACPDUs", lacp.ReasonLoopbackSelf.Advice()},
		{c.KernelDrops, severityWarning, "has lost %d frames in the kernel because they were not read in time", "The host is too slow for its load: see receive_ring and data_plane."},
		{c.ControlDrops, severityWarning, "has lost %d LACPDUs in the kernel because they were not read in time", "The host is too slow for its load."},
		{c.LACPDUTxErrors, severityWarning, "could not send %d LACPDUs", lacp.ReasonTxFailing.Advice()},
	} {
		if d.n > 0 {
			e.find(d.severity, b, m.Name, fmt.Sprintf(d.what, d.n), d.advice)
		}
	}
}

// checkOwner finds an interface that another aggregate or bridge has too.
func checkOwner(e *exam, b *view.Bond, m *view.Member) {
	master := m.Link.Master
	if i := e.interfaceOf(m); i != nil && master == "" {
		master = i.Master
	}
	if master != "" && master != b.Device.Name {
		e.find(severityMisconf, b, m.Name, "is a port of "+master+" too", "Take it out with: ip link set dev "+m.Name+" nomaster")
	}
	if m.Link.Faults != "" && m.Reason.Number != int(lacp.ReasonInterfaceChanged) {
		e.find(severityMisconf, b, m.Name, "was changed by another program: "+m.Link.Faults, lacp.ReasonInterfaceChanged.Advice())
	}
}

// managerAdvice says how the programs of the host leave an interface alone.
var managerAdvice = map[string]string{
	"NetworkManager":   "Have it leave the port alone: nmcli device set %s managed no, and a file in conf.d for the next boot.",
	"systemd-networkd": "Have it leave the port alone: a .network file that matches %s with Unmanaged=yes in [Link].",
}

func checkManager(e *exam, b *view.Bond, m *view.Member) {
	if i := e.interfaceOf(m); i != nil && i.Manager != "" {
		e.find(severityMisconf, b, m.Name, "is managed by "+i.Manager, fmt.Sprintf(managerAdvice[i.Manager], m.Name))
	}
}

// checkPrograms finds programs that take frames of a member before the bond, or answer for it.
func checkPrograms(e *exam, b *view.Bond, m *view.Member) {
	i := e.interfaceOf(m)
	if i == nil {
		return
	}
	if i.XDP != 0 {
		e.find(severityWarning, b, m.Name, fmt.Sprintf("has an XDP program, number %d, which takes its frames before the bond", i.XDP), "See what it does with: bpftool net. It has to pass frames of EtherType 0x8809 and the bond's data.")
	}
	for _, f := range i.Filters {
		e.find(severityWarning, b, m.Name, "has a filter of another program: "+f,
			"Frames that it drops are missing to the bond: see tc filter show dev "+m.Name+" and nft list ruleset.")
	}
	for _, l := range e.host.Listeners {
		if l.Index == i.Index || l.Index == 0 {
			e.find(severityMisconf, b, m.Name, "is heard by another program that speaks a slow protocol: "+l.Program, "Two programs that speak LACP on one port confuse the partner: stop one.")
		}
	}
}
