package mode

import "github.com/lagkit/lagkit/lacp"

// Unanswered reports whether a reason means that the partner sends no LACPDUs although the link is
// up.
func Unanswered(r lacp.ReasonCode) bool {
	return r == lacp.ReasonNeverHeard || r == lacp.ReasonDefaulted || r == lacp.ReasonPassiveBothEnds
}

// Partnerless reports whether a member with this reason has no partner.
func Partnerless(r lacp.ReasonCode) bool {
	return Unanswered(r) || r == lacp.ReasonLinkDown || r == lacp.ReasonInterfaceDown
}
