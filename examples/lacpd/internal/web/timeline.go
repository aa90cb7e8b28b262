package web

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// maxTransitions is how many transitions of all bonds the timeline keeps.
const maxTransitions = 256

// Transition is one change of a bond or of a member, in words.
type Transition struct {
	At       time.Time `json:"at"`
	Bond     string    `json:"bond"`
	Member   string    `json:"member"`   // empty if it is the bond's
	Severity string    `json:"severity"` // as of a reason: ok, info, misconfiguration, warning or error
	Text     string    `json:"text"`     // a sentence without its subject, which is the member or the bond
}

// timeline holds the last transitions, oldest first.
type timeline struct {
	mu   sync.Mutex
	list []Transition
	last map[[2]string]string // the text of the last state of a bond and member
}

// add appends an event and returns its transition, or nil if it is none. It leaves out a state
// that the bond or member already has, which [bond.Bond.Watch] reports at its start.
func (t *timeline) add(name string, e *bond.Event) *Transition {
	tr := Transition{At: e.At, Bond: name, Member: e.Member}
	tr.Severity, tr.Text = describe(e)
	if tr.Text == "" {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Kind == bond.EventBond || e.Kind == bond.EventMember {
		who := [2]string{name, e.Member}
		if t.last[who] == tr.Text {
			return nil
		}
		if len(t.last) >= maxTransitions*4 || t.last == nil { // bonds and members come and go
			t.last = make(map[[2]string]string)
		}
		t.last[who] = tr.Text
	}
	if len(t.list) == maxTransitions {
		t.list = slices.Delete(t.list, 0, 1)
	}
	t.list = append(t.list, tr)
	return &tr
}

// all returns the transitions, oldest first.
func (t *timeline) all() []Transition {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Transition{}, t.list...)
}

const (
	severityOK      = "ok"
	severityInfo    = "info"
	severityWarning = "warning"
	severityError   = "error"
)

// describe returns the severity and the words of an event. The words are empty if it is not
// worth a line.
func describe(e *bond.Event) (severity, text string) {
	switch e.Kind {
	case bond.EventBond:
		return either(e.Up, severityOK, severityError), either(e.Up, "is up", "is down")
	case bond.EventMember:
		return describeMember(e)
	case bond.EventActive:
		if e.Member == "" {
			return severityError, "has no active member"
		}
		return severityInfo, "is the active member"
	case bond.EventAdded:
		return severityInfo, "was added"
	case bond.EventRemoved:
		return severityWarning, "was removed" + after(": ", e.Detail)
	case bond.EventRenamed:
		return severityInfo, "is now called " + e.Detail
	case bond.EventDrained:
		return severityInfo, "is no longer used by the partner"
	case bond.EventSettings:
		return severityInfo, "has new settings"
	case bond.EventLoop:
		return severityWarning, "receives its own LACPDUs"
	case bond.EventMissing:
		return severityWarning, "is missing" + after(": ", e.Detail)
	case bond.EventPlane:
		return either(e.Up, severityOK, severityError), either(e.Up, "is accepted by its data plane", "is refused by its data plane"+cause(e.Err))
	case bond.EventDevice:
		return either(e.Up, severityInfo, severityWarning), "device: " + e.Detail + cause(e.Err)
	case bond.EventFault:
		return either(e.Up, severityOK, severityWarning), either(e.Up, "is as it should be again", "was changed by another program"+after(": ", e.Detail)+cause(e.Err))
	case bond.EventAddr, bond.EventMTU:
		return severityWarning, fmt.Sprintf("was given %s %s by another program%s", e.Kind, e.Detail, cause(e.Err))
	case bond.EventConflict:
		return severityWarning, "has left, and the bond keeps its address " + e.Detail
	}
	return "", ""
}

// describeMember describes the state of a member as the status does.
func describeMember(e *bond.Event) (severity, text string) {
	code := e.Reason.Code
	text = view.InWords(&view.Member{CarriesData: e.Up, Hold: e.Hold.String(),
		Reason: view.Reason{Code: code.String(), Number: int(code), Severity: code.Severity().String()}})
	severity = code.Severity().String()
	if !e.Up && code.Severity() == lacp.SeverityOK {
		severity = severityInfo
	}
	switch {
	case e.Reason.Have != "" && e.Reason.Want != "":
		text += fmt.Sprintf(" (%s, want %s)", e.Reason.Have, e.Reason.Want)
	case e.Reason.Have != "":
		text += fmt.Sprintf(" (%s)", e.Reason.Have)
	}
	return severity, text
}

func either[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// after returns text after a separator, or nothing if it is empty.
func after(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}

func cause(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}
