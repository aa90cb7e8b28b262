package view

import (
	"fmt"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Chassis describes this box's part in a group of boxes that show LAGs together.
type Chassis struct {
	Group    string   `json:"group"`
	Name     string   `json:"name"`     // of this box
	Number   int      `json:"number"`   // in the upper 4 bits of its port numbers; 0: not known yet
	System   lacp.MAC `json:"system"`   // that all boxes show; zero: not known yet, or set for each bond
	Hold     int      `json:"hold"`     // in milliseconds
	External bool     `json:"external"` // the box's own engine decides
	Joined   bool     `json:"joined"`
	Error    string   `json:"error"` // why it has not joined; empty: it has
	Store    *Store   `json:"store"` // null with external
}

// Store describes what the boxes of a group share.
type Store struct {
	Members   int    `json:"members"`    // in the file
	Answering int    `json:"answering"`  // members that answer; 0: none, or not known
	Answers   bool   `json:"answers"`    // the last transaction succeeded
	Contact   *int   `json:"contact_ms"` // how long ago the last transaction that succeeded began; null: never
	Latency   int    `json:"latency_us"` // of that transaction
	Errors    uint64 `json:"errors"`     // transactions that failed
	Error     string `json:"error"`      // of the last transaction; empty: none
}

// LAG describes a bond's part of a LAG that several boxes show a partner.
type LAG struct {
	Name   string     `json:"name"`
	Mode   string     `json:"mode"`   // STANDBY or ALL
	Role   string     `json:"role"`   // active, standby or none: it can't take over
	Active string     `json:"active"` // the box that carries the LAG; empty: none, or not known
	Since  *time.Time `json:"since"`  // when this box learnt that; null: never
	Epoch  uint64     `json:"epoch"`  // of the role of the active box; 0: none
	Left   int        `json:"permission_ms"`
	Source string     `json:"source"` // of the permission: store, peers, external or none: isolated
	Score  int        `json:"score"`  // links of this box that could carry data
	Ready  bool       `json:"ready"`  // its links suffice, and lacpd chassis ready has come if that is needed
	Reason *Reason    `json:"reason"` // why this box carries nothing; null: it carries the LAG

	TakeoverMS  int           `json:"takeover_ms"` // how long a takeover takes at most, without the partner's part
	Counters    LAGCounters   `json:"counters"`
	Boxes       []Box         `json:"boxes"`
	Differences []Discrepancy `json:"differences"`
}

// Box describes a box's part of a LAG. Ports, partner and links of another box are those that it has
// published.
type Box struct {
	Name    string `json:"name"`
	Number  int    `json:"number"` // 0: not known
	Self    bool   `json:"self"`
	Able    bool   `json:"able"` // it could carry the LAG
	Score   int    `json:"score"`
	Links   int    `json:"links"` // 0: not known
	Ports   []int  `json:"ports"` // LACP port numbers
	Partner string `json:"partner"`
	Heard   *int   `json:"heard_ms"` // how long ago; null: never
	Gone    bool   `json:"gone"`     // its process has ended
}

// Discrepancy is a setting or a fact that differs between this box and another one.
type Discrepancy struct {
	What   string `json:"what"`
	Box    string `json:"box"` // the other one
	Ours   string `json:"ours"`
	Theirs string `json:"theirs"`
}

// LAGCounters count what has happened to a LAG since lacpd started.
type LAGCounters struct {
	Vetoes       uint64 `json:"vetoes"`                  // wrong suspicions of other boxes that this one has refuted
	Vacant       uint64 `json:"takeovers_vacant"`        // this box became active because none was
	Silent       uint64 `json:"takeovers_silent"`        // because the active one was silent
	Gone         uint64 `json:"takeovers_gone"`          // because its process had ended
	HandedOver   uint64 `json:"takeovers_handover"`      // because it gave the LAG to this one
	Restart      uint64 `json:"takeovers_restart"`       // because this box had been active before its start
	AloneSeconds uint64 `json:"without_standby_seconds"` // active while no other box could take over
}

// The values of LAG.Role.
const (
	RoleActive  = "active"
	RoleStandby = "standby"
	RoleNone    = "none"
)

// The values of LAG.Source.
const (
	SourceStore    = "store"
	SourcePeers    = "peers"
	SourceExternal = "external"
	SourceNone     = "none"
)

// RoleInWords returns what this box does for a LAG, such as "standby for head-a, epoch 4711".
func RoleInWords(l *LAG) string {
	switch {
	case l.Mode != ModeStandby:
		return "LAG " + l.Name + ", which all boxes carry"
	case l.Role == RoleActive && l.Source == SourceNone:
		return fmt.Sprintf("active for LAG %s without store and peers, epoch %d", l.Name, l.Epoch)
	case l.Role == RoleActive:
		return fmt.Sprintf("active for LAG %s, epoch %d, permission for %d ms", l.Name, l.Epoch, l.Left)
	case l.Active == "":
		return "no permission to carry LAG " + l.Name
	case l.Role == RoleStandby:
		return fmt.Sprintf("standby for %s, which carries LAG %s, epoch %d", l.Active, l.Name, l.Epoch)
	}
	return fmt.Sprintf("carries nothing and could not take LAG %s over from %s, epoch %d", l.Name, l.Active, l.Epoch)
}

// The values of LAG.Mode.
const (
	ModeStandby = "STANDBY"
	ModeAll     = "ALL"
)

// WithoutStandby reports whether this box carries a LAG that no other box could take over.
func (l *LAG) WithoutStandby() bool {
	if l.Role != RoleActive || l.Mode != ModeStandby || l.Source == SourceExternal {
		return false
	}
	for i := range l.Boxes {
		if b := &l.Boxes[i]; !b.Self && b.Able {
			return false
		}
	}
	return true
}
