package chassis

import (
	"maps"
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/lacp"
)

// judge returns why this chassis must not take the LAG over. What it finds is of no matter to a chassis that
// carries the LAG.
func (r *role) judge() Obstacle {
	switch {
	case r.namesake:
		return Obstacle{lacp.ReasonChassisDiffers, "chassis " + string(r.chassis.group.Me), "a name of its own"}
	case len(r.versions) > 0:
		return r.versions[0].obstacle()
	case !r.machine.known:
		return Obstacle{}
	}
	switch active := r.machine.view.Active; active {
	case r.chassis.group.Me:
		return Obstacle{}
	case "":
		return r.smallerSet()
	default:
		return r.differsFrom(active)
	}
}

// differsFrom returns the first difference to the active chassis. Its partner does not matter once it is
// silent. Its settings do as long as the store has its report.
func (r *role) differsFrom(active ID) Obstacle {
	silent := r.machine.suspects(r.machine.peer(active))
	for i := range r.differences {
		d := &r.differences[i]
		if d.Chassis == active && (d.Code == lacp.ReasonChassisDiffers || !silent) {
			return d.obstacle()
		}
	}
	return Obstacle{}
}

// smallerSet returns an obstacle if no chassis is active and other chassis have more links to another
// partner than there are to the partner of this one. Of equal sets the one with the first name counts.
func (r *role) smallerSet() Obstacle {
	mine, links := r.own.Partner()
	if links == 0 {
		return Obstacle{}
	}
	sizes := map[Partner]int{mine: links}
	first := map[Partner]ID{mine: r.chassis.group.Me}
	for _, id := range slices.Sorted(maps.Keys(r.others)) {
		p := r.machine.peer(id)
		there := r.others[id]
		theirs, n := there.Partner()
		if p == nil || !p.well || r.machine.suspects(p) || n == 0 {
			continue
		}
		sizes[theirs] += n
		if old, found := first[theirs]; !found || id < old {
			first[theirs] = id
		}
	}
	best := mine
	for p, n := range sizes {
		if n > sizes[best] || n == sizes[best] && first[p] < first[best] {
			best = p
		}
	}
	if best == mine {
		return Obstacle{}
	}
	have, want := mine.describe(best), best.describe(mine)
	code := lacp.ReasonDifferentPartner
	if best.System == mine.System {
		code = lacp.ReasonDifferentPartnerKey
	}
	return Obstacle{code, have, want + " of " + string(first[best])}
}

// describe returns what distinguishes p from another partner.
func (p Partner) describe(o Partner) string {
	if p.System == o.System {
		return "partner key " + strconv.Itoa(int(p.Key))
	}
	return "partner " + p.System.String()
}
