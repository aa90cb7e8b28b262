package chassis

import (
	"maps"
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/lacp"
)

// Difference is something that should be the same on two chassis of a LAG, or different, and is not.
type Difference struct {
	Chassis ID              // the other one
	Name    string          // a setting, or "version", "key", "port", "partner", "partner key" or "partner port"
	Code    lacp.ReasonCode // why a chassis with this difference stands by

	Have, Want string // here, and on the other chassis; equal for what should be different
}

// String returns the difference in a line.
func (d Difference) String() string {
	return d.Name + " " + d.Have + ", " + string(d.Chassis) + " has " + d.Want
}

// obstacle returns the difference as the reason to stand by.
func (d *Difference) obstacle() Obstacle {
	if d.Have == d.Want {
		return Obstacle{d.Code, d.Name + " " + d.Have + ", as " + string(d.Chassis), "another " + d.Name}
	}
	return Obstacle{d.Code, d.Name + " " + d.Have, d.Name + " " + d.Want + " of " + string(d.Chassis)}
}

// compare returns the differences of this chassis to another one, the most important first.
func compare(here *Report, other ID, there *Report) (all []Difference) {
	add := func(code lacp.ReasonCode, name, have, want string) {
		all = append(all, Difference{other, name, code, have, want})
	}
	for _, name := range slices.Sorted(maps.Keys(here.Settings)) {
		// A setting that only one has came with a new version.
		if want, both := there.Settings[name]; both && want != here.Settings[name] {
			add(lacp.ReasonChassisDiffers, name, here.Settings[name], want)
		}
	}
	for i := range here.Ports {
		n := here.Ports[i].Port.Number
		if slices.ContainsFunc(there.Ports, func(f lacp.Foreign) bool { return f.Port.Number == n }) {
			add(lacp.ReasonChassisDiffers, "port", strconv.Itoa(int(n)), strconv.Itoa(int(n)))
			break // the ranges are the same
		}
	}
	p, mine := here.Partner()
	q, theirs := there.Partner()
	if mine == 0 || theirs == 0 {
		return all
	}
	switch k, l := here.key(p), there.key(q); {
	case p.System != q.System:
		add(lacp.ReasonDifferentPartner, "partner", p.System.String(), q.System.String())
	case k != l: // the partner's key may follow the speed as ours does
		add(lacp.ReasonChassisDiffers, "key", strconv.Itoa(int(k)), strconv.Itoa(int(l)))
	case p.Key != q.Key:
		add(lacp.ReasonDifferentPartnerKey, "partner key", strconv.Itoa(int(p.Key)), strconv.Itoa(int(q.Key)))
	}
	for i := range here.Ports {
		if f := &here.Ports[i]; there.hears(f) {
			add(lacp.ReasonDuplicatePartnerPort, "partner port", f.Partner.Port.String(), f.Partner.Port.String())
			break
		}
	}
	return all
}

// key returns the operational key of the ports that lead to a partner; 0 without one.
func (r *Report) key(p Partner) lacp.Key {
	for i := range r.Ports {
		if f := &r.Ports[i]; f.Partner.System == p.System && f.Partner.Key == p.Key {
			return f.Key
		}
	}
	return 0
}

// hears reports whether a port hears the same port of a partner as f.
func (r *Report) hears(f *lacp.Foreign) bool {
	return f.Partner.System != (lacp.SystemID{}) && slices.ContainsFunc(r.Ports, func(o lacp.Foreign) bool {
		return o.Partner.System == f.Partner.System && o.Partner.Port == f.Partner.Port
	})
}

// newer returns the difference to a chassis whose software publishes a newer version.
func newer(other ID, e *VersionError) Difference {
	return Difference{other, "version", lacp.ReasonChassisDiffers, strconv.Itoa(textVersion), strconv.Itoa(e.Version)}
}
