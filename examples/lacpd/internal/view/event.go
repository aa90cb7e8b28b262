package view

import (
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// Pending is a change of the configuration that is undone unless it is confirmed in time.
type Pending struct {
	Since    time.Time `json:"since"`
	Deadline time.Time `json:"deadline"` // by the clock of the moment it began
	Within   int       `json:"within"`   // in seconds, from Since
}

// The kinds of events that lacpd adds to those of package bond.
const (
	EventOpened     = "Opened"     // a bond was opened
	EventClosed     = "Closed"     // a bond was closed
	EventApplied    = "Applied"    // another configuration was applied
	EventPending    = "Pending"    // it waits for its confirmation; Detail has the time left
	EventConfirmed  = "Confirmed"  // it is kept
	EventLAG        = "LAG"        // something has happened to a LAG of several boxes; Detail has it
	EventRolledBack = "RolledBack" // the old configuration is back; Detail says why
)

// Event is one change of a bond or of the configuration. The fields that are set depend on the
// kind, as for bond.Event; Up stands only where it has a meaning.
type Event struct {
	At     time.Time `json:"at"`
	Bond   string    `json:"bond,omitempty"` // empty: the change concerns them all
	Kind   string    `json:"kind"`
	Member string    `json:"member,omitempty"`
	Up     *bool     `json:"up,omitempty"`
	Reason *Reason   `json:"reason,omitempty"`
	Hold   string    `json:"hold,omitempty"`
	Link   *Link     `json:"link,omitempty"`
	Source string    `json:"source,omitempty"` // MAC address of the frame that caused it
	Detail string    `json:"detail,omitempty"`
	Error  string    `json:"error,omitempty"`
	Missed int       `json:"missed,omitempty"` // events of this bond before this one that later ones superseded
}

// OfEvent returns the view of an event of a bond.
func OfEvent(name string, e *bond.Event) Event {
	v := Event{At: e.At, Bond: name, Kind: e.Kind.String(), Member: e.Member, Hold: e.Hold.String(), Detail: e.Detail, Missed: e.Missed}
	switch e.Kind {
	case bond.EventMember:
		r := ofReason(e.Reason)
		v.Up, v.Reason = &e.Up, &r
	case bond.EventLink:
		l := ofLink(&e.Link)
		v.Up, v.Link = &e.Up, &l
	case bond.EventBond, bond.EventFault, bond.EventDevice, bond.EventLoop, bond.EventPlane:
		v.Up = &e.Up
	}
	if e.Source != (lacp.MAC{}) {
		v.Source = e.Source.String()
	}
	if e.Err != nil {
		v.Error = e.Err.Error()
	}
	return v
}

func ofReason(r lacp.Reason) Reason {
	return Reason{
		Code: r.Code.String(), Number: int(r.Code), Severity: r.Code.Severity().String(),
		Since: r.Since, Have: r.Have, Want: r.Want, Advice: r.Code.Advice(),
	}
}
