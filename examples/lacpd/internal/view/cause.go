package view

import (
	"fmt"
	"strings"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// Cause returns why a bond is up or down, such as "up on 1 of 2 links: eth1 has no link".
func Cause(b *Bond) string {
	switch {
	case !b.Running && b.Fault != nil:
		return "not open: " + b.Fault.Error
	case !b.Running:
		return "not open"
	case b.Settings.AdminDown:
		return "down: admin_down is set"
	case b.Device.Reason != "":
		return fmt.Sprintf("down: device %s is %s, %s", b.Device.Name, b.Device.State, b.Device.Reason)
	case b.Mode == bond.ModeNone.String():
		return "down: protocol NONE carries no data"
	case len(b.Members)+len(b.Missing) == 0:
		return "down: it has no links"
	}
	if l := b.LAG; l != nil && l.Role != RoleActive && l.Mode == ModeStandby {
		if l.Role == RoleStandby {
			return RoleInWords(l)
		}
		return "down: " + RoleInWords(l) + standing(l)
	}
	if few := fewLinks(b); few != "" {
		return "down: " + few + others(b)
	}
	if !b.Up {
		return "down" + others(b)
	}
	on := fmt.Sprintf("up on %d of %s", b.Carrying(), plural(len(b.Members)+len(b.Missing), "link"))
	if b.ActiveMember != "" {
		on += ", on " + b.ActiveMember
	}
	return on + others(b)
}

// standing returns why a box could not carry a LAG, after a colon, or "" if that is not known.
func standing(l *LAG) string {
	switch {
	case l.Reason == nil:
		return ""
	case l.Reason.Have != "" && l.Reason.Want != "":
		return fmt.Sprintf(": %s (%s, want %s)", l.Reason.Code, l.Reason.Have, l.Reason.Want)
	}
	return ": " + l.Reason.Code
}

// fewLinks explains that a bond carries no data because too few links can. It returns "" if
// that is not the case.
func fewLinks(b *Bond) string {
	if b.Up || b.MinLinks < 2 {
		return ""
	}
	able := 0
	for i := range b.Members {
		if m := &b.Members[i]; m.Hold == bond.HoldMinLinks.String() && m.Reason.Severity == lacp.SeverityOK.String() {
			able++
		}
	}
	if able >= b.MinLinks { // there is another reason
		return ""
	}
	return fmt.Sprintf("only %d of the %d links that min_links asks for can carry data", able, b.MinLinks)
}

// mostNamed is how many links a cause names.
const mostNamed = 4

// others returns what keeps the other links from carrying data, after a colon.
func others(b *Bond) string {
	var why []string
	for i := range b.Members {
		m := &b.Members[i]
		if m.CarriesData || m.Hold == bond.HoldMinLinks.String() && m.Reason.Severity == lacp.SeverityOK.String() {
			continue
		}
		why = append(why, m.Name+" "+InWords(m))
	}
	for _, m := range b.Missing {
		why = append(why, m.Name+" is missing")
	}
	if n := len(why) - mostNamed; n > 1 {
		why = append(why[:mostNamed], fmt.Sprintf("and %d others", n))
	}
	if why == nil {
		return ""
	}
	return ": " + strings.Join(why, ", ")
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
