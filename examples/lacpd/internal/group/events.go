//go:build !noetcd

package group

import (
	"fmt"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// follow notes what happens in the group, and passes it on, until the group ends.
func (g *Group) follow(c *chassis.Chassis) {
	for e := range c.Watch(g.ctx) {
		g.mu.Lock()
		l := g.lags[e.LAG]
		if l != nil && e.Kind == chassis.EventActive {
			l.learn(e.Chassis, e.Epoch, e.At)
		}
		bond := ""
		if l != nil {
			bond = l.bond.Name
		}
		g.mu.Unlock()
		if text := eventText(&e); text != "" && g.news != nil {
			g.news(view.Event{At: e.At, Bond: bond, Kind: view.EventLAG, Detail: e.LAG + ": " + text})
		}
	}
}

// eventText returns an event in words, or "" for one that the bond's members report already.
func eventText(e *chassis.Event) string {
	switch e.Kind {
	case chassis.EventActive:
		if e.Chassis == "" {
			return "no box is active"
		}
		return fmt.Sprintf("%s is active, epoch %d", e.Chassis, e.Epoch)
	case chassis.EventChassis:
		return string(e.Chassis) + map[bool]string{true: " is heard", false: " is silent"}[e.Up]
	case chassis.EventStore:
		if e.Up {
			return "the store answers again"
		}
		return fmt.Sprintf("the store does not answer: %v", e.Err)
	case chassis.EventDifference:
		return map[bool]string{true: "differs: ", false: "no longer differs: "}[e.Up] + e.Difference.String()
	case chassis.EventReport:
		return fmt.Sprintf("report of %s not exchanged: %v", e.Chassis, e.Err)
	case chassis.EventVeto:
		return string(e.Chassis) + " suspected this box wrongly"
	case chassis.EventIsolated:
		return map[bool]string{true: "this box carries it although it is isolated", false: "this box is no longer isolated"}[e.Up]
	case chassis.EventName:
		return "another box has the name of this one"
	}
	return ""
}
