package doctor

import (
	"fmt"
	"strings"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// bondChecks look at a bond as a whole.
var bondChecks = []func(e *exam, b *view.Bond){
	checkOpen, checkDevice, checkMissing, checkMinLinks, checkRedundancy, checkSpeeds, checkPlane, checkDrops, checkLAG, checkWatchdog,
}

func checkOpen(e *exam, b *view.Bond) {
	switch {
	case b.Fault != nil && b.Running:
		e.find(severityError, b, "", "does not match the file: "+b.Fault.Error, "lacpd tries again; the reason names what to change.")
	case !b.Running:
		e.find(severityError, b, "", "is "+b.Cause, "lacpd tries again; the reason names what to change.")
	case b.LAG != nil && b.LAG.Role == view.RoleStandby:
	case !b.Up && !b.Settings.AdminDown && b.Device.Reason == "":
		e.find(severityError, b, "", "is "+b.Cause, "See the findings about its ports.")
	}
}

func checkDevice(e *exam, b *view.Bond) {
	if b.Device.Reason != "" {
		e.find(severityError, b, "", fmt.Sprintf("device %s is %s: %s", b.Device.Name, b.Device.State, b.Device.Reason), "Set it up, or find the program that changes it.")
	}
	if i := e.host.find(b.Device.Name); b.Running && i != nil && i.MTU != b.MTU {
		e.find(severityMisconf, b, "", fmt.Sprintf("device %s has MTU %d, the bond %d", b.Device.Name, i.MTU, b.MTU), "Set mtu in the file; lacpd then sets the device and the ports.")
	}
}

func checkMissing(e *exam, b *view.Bond) {
	for _, m := range b.Missing {
		e.find(severityWarning, b, m.Name, "is missing: "+m.Why, "Connect it, or take it out of the file.")
	}
}

func checkMinLinks(e *exam, b *view.Bond) {
	if ports := len(b.Members) + len(b.Missing); b.Running && b.MinLinks > ports {
		e.find(severityMisconf, b, "", fmt.Sprintf("min_links is %d, but the bond has only %d ports", b.MinLinks, ports), "Add ports, or lower min_links.")
	}
}

func checkRedundancy(e *exam, b *view.Bond) {
	if b.Running && len(b.Members)+len(b.Missing) == 1 {
		e.find(severityInfo, b, "", "has one port only", "A second one keeps the bond up if the first fails.")
	}
}

// checkSpeeds finds links that are up with different speeds.
func checkSpeeds(e *exam, b *view.Bond) {
	var texts []string
	speeds := make(map[uint32]bool)
	for i := range b.Members {
		if m := &b.Members[i]; m.Link.Up && m.Link.SpeedMbps > 0 {
			speeds[m.Link.SpeedMbps] = true
			texts = append(texts, fmt.Sprintf("%s %d Mb/s", m.Name, m.Link.SpeedMbps))
		}
	}
	if len(speeds) < 2 {
		return
	}
	advice := "Give all links one speed, or the slow ones a smaller share: see port_weight."
	if b.Mode == bond.ModeLACP.String() {
		advice = "Links of different speeds do not form one LAG: give all one speed."
	}
	e.find(severityMisconf, b, "", "has links of different speeds: "+strings.Join(texts, ", "), advice)
}

func checkPlane(e *exam, b *view.Bond) {
	if d := b.DataPlane; !d.InKernel() && d.Why != "" {
		e.find(severityInfo, b, "", "passes its frames through lacpd: "+d.Why, "The kernel would carry them faster.")
	}
}

// checkDrops finds frames that were dropped for a reason that an operator can change.
func checkDrops(e *exam, b *view.Bond) {
	c := &b.Counters
	for _, d := range []struct {
		n            uint64
		what, advice string
	}{
		{c.TxTooLong, "the host sent %d frames that are longer than the MTU", "Give the host's interfaces on top of the bond its MTU or less."},
		{c.RxDropped, "%d received frames did not fit into the device's queue", "The host is too slow for its load: see queues and data_plane."},
		{c.RxReflected, "%d of its own frames came back", "The switch sends frames of one link to another: it needs a group, or protocol SLB."},
	} {
		if d.n > 0 {
			e.find(severityInfo, b, "", fmt.Sprintf(d.what, d.n), d.advice)
		}
	}
}

// checkLAG finds what keeps the boxes of a LAG from standing in for each other.
func checkLAG(e *exam, b *view.Bond) {
	l := b.LAG
	if l == nil {
		return
	}
	if r := l.Reason; l.Role == view.RoleNone && r != nil {
		e.find(r.Severity, b, "", "could not carry LAG "+l.Name+": "+r.Code, r.Advice)
	}
	if l.WithoutStandby() {
		e.find(severityWarning, b, "", "no other box could take LAG "+l.Name+" over", "See lacpd chassis status on the other boxes.")
	}
	for _, d := range l.Differences {
		e.find(severityMisconf, b, "", fmt.Sprintf("LAG %s: %s is %s here and %s on %s", l.Name, d.What, d.Ours, d.Theirs, d.Box), "All boxes of a LAG need the same.")
	}
}

func checkWatchdog(e *exam, b *view.Bond) {
	if b.Settings.Watchdog == "failed" {
		e.find(severityWarning, b, "", "its links stay up if lacpd dies: the watchdog process has ended, or there was none at the start", "Start lacpd again, such as with lacpd handover && systemctl restart lacpd.")
	}
}

// betweenBonds finds bonds that disturb each other.
func (e *exam) betweenBonds() {
	bonds := e.status.Bonds
	for i := range bonds {
		for j := range bonds[:i] {
			if a, b := &bonds[j], &bonds[i]; a.Mode == bond.ModeLACP.String() && b.Mode == a.Mode {
				e.sameIdentity(a, b)
				e.samePartner(a, b)
			}
		}
	}
}

// sameIdentity finds ports of two bonds that a partner can't tell apart.
func (e *exam) sameIdentity(a, b *view.Bond) {
	if !a.Running || !b.Running || a.SystemID != b.SystemID {
		return
	}
	for i := range a.Members {
		for j := range b.Members {
			if x, y := &a.Members[i], &b.Members[j]; x.Port == y.Port {
				e.find(severityMisconf, b, y.Name, fmt.Sprintf("has the same system identifier and port number %d as %s of %s", y.Port, x.Name, a.Name),
					"Give one bond another system_mac or port_base.")
			}
		}
	}
}

func (e *exam) samePartner(a, b *view.Bond) {
	if a.Partner != nil && b.Partner != nil && *a.Partner == *b.Partner {
		e.find(severityWarning, b, "", fmt.Sprintf("leads to the same group of the same partner as %s: %s key %d", a.Name, b.Partner.System, b.Partner.Key),
			"Give each bond a group of its own on the partner.")
	}
}
