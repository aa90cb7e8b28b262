package mode

import (
	"strconv"

	"github.com/lagkit/lagkit/lacp"
)

// Gates are the named gates of members, by the member's name and the gate's. A member that is
// gone keeps its gates for when it comes back.
type Gates map[string]map[string]lacp.Gate

// Set changes one gate of a member. At most [MaxGates] gates hold a member, and at most members
// members have gates; the error is a [*lacp.FieldError].
func (g Gates) Set(member, gate string, level lacp.Gate, members int) error {
	of := g[member]
	if level == lacp.GateOpen {
		if delete(of, gate); len(of) == 0 {
			delete(g, member)
		}
		return nil
	}
	if _, known := of[gate]; !known && len(of) >= MaxGates {
		return &lacp.FieldError{Field: "gate", Value: gate, Allowed: "at most " + strconv.Itoa(MaxGates) + " gates of a member"}
	}
	if of == nil {
		if len(g) >= members {
			return &lacp.FieldError{Field: "member", Value: member, Allowed: "gates of at most " + strconv.Itoa(members) + " members"}
		}
		of = make(map[string]lacp.Gate)
		g[member] = of
	}
	of[gate] = level
	return nil
}
