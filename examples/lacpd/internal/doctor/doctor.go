// Package doctor looks for what is wrong with bonds: in their status, and on the host.
package doctor

import (
	"cmp"
	"slices"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// Finding is one thing that is wrong, or that the operator should know.
type Finding struct {
	Severity string `json:"severity"` // error, warning, misconfiguration or info
	Bond     string `json:"bond"`
	Port     string `json:"port"` // empty: the whole bond
	What     string `json:"what"`
	Advice   string `json:"advice"` // empty: none
}

// The severities of findings, which are those of reasons.
var (
	severityError   = lacp.SeverityError.String()
	severityWarning = lacp.SeverityWarning.String()
	severityMisconf = lacp.SeverityMisconfiguration.String()
	severityInfo    = lacp.SeverityInfo.String()
)

var severities = []string{severityError, severityWarning, severityMisconf, severityInfo}

// Wrong reports whether there is a finding that is more than information.
func Wrong(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity != severityInfo })
}

// Host is what a host has besides lacpd. The zero value is a host that was not looked at.
type Host struct {
	Interfaces []Interface
	Listeners  []Listener
	Echoes     []Echo   // of a probe
	Unseen     []string // what could not be looked at, and why
}

// Interface is a network interface of the host.
type Interface struct {
	Index   int
	Names   []string // its name and its alternative names
	MTU     int
	Master  string   // the bridge or bond that it is a port of; empty: none
	XDP     uint32   // identifier of the XDP program attached to it; 0: none
	Manager string   // the program of the host that configures it; empty: none
	Filters []string // of other programs, such as "u32 filter at ingress"
}

// Listener is another program that receives the frames of LACP on an interface.
type Listener struct {
	Index   int    // of the interface; 0: all interfaces
	Program string // such as "teamd (process 123)"
}

// find returns an interface by a name, or nil.
func (h *Host) find(name string) *Interface {
	for i := range h.Interfaces {
		if slices.Contains(h.Interfaces[i].Names, name) {
			return &h.Interfaces[i]
		}
	}
	return nil
}

// Examine returns what is wrong, the worst first.
func Examine(s *view.Status, h *Host) []Finding {
	e := &exam{status: s, host: h}
	for i := range s.Bonds {
		b := &s.Bonds[i]
		for _, check := range bondChecks {
			check(e, b)
		}
		for j := range b.Members {
			for _, check := range portChecks {
				check(e, b, &b.Members[j])
			}
		}
	}
	e.betweenBonds()
	e.echoes()
	slices.SortStableFunc(e.findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity))
	})
	return e.findings
}

// exam collects findings.
type exam struct {
	status   *view.Status
	host     *Host
	findings []Finding
}

func (e *exam) find(severity string, b *view.Bond, port, what, advice string) {
	e.findings = append(e.findings, Finding{severity, b.Name, port, what, advice})
}

// interfaceOf returns the interface of a member on the host, or nil.
func (e *exam) interfaceOf(m *view.Member) *Interface {
	return e.host.find(cmp.Or(m.Interface, m.Name))
}
