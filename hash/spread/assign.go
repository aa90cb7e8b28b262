package spread

import (
	"cmp"
	"slices"
)

// shares divides the buckets among the weights by largest remainder. Each weight gets the
// whole part of its share, and those with the largest remainders get one more. Each weight
// above 0 gets at least one bucket if there are enough.
func shares(buckets int, weights []uint32) []int {
	total := uint64(0)
	for _, w := range weights {
		total += uint64(w)
	}
	if total == 0 {
		return make([]int, len(weights))
	}
	deal, rest := make([]int, len(weights)), make([]uint64, len(weights))
	order := make([]int, len(weights))
	left := buckets
	for i, w := range weights {
		x := uint64(buckets) * uint64(w)
		deal[i], rest[i], order[i] = int(x/total), x%total, i
		left -= deal[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for _, i := range order[:left] {
		deal[i]++
	}
	for i, w := range weights {
		if w > 0 && deal[i] == 0 && len(weights) <= buckets {
			deal[slices.Index(deal, slices.Max(deal))]--
			deal[i] = 1
		}
	}
	return deal
}

// A dealer gives buckets to the members furthest below what they are due.
type dealer struct {
	ids       []int32
	due, have []int
}

// add adds n to the buckets that id has, if the dealer has id.
func (d *dealer) add(id int32, n int) {
	if i := slices.Index(d.ids, id); i >= 0 {
		d.have[i] += n
	}
}

// over reports whether id has more than it is due.
func (d *dealer) over(id int32) bool {
	i := slices.Index(d.ids, id)
	return i >= 0 && d.have[i] > d.due[i]
}

// lowest returns the index of the first id with the smallest have/due.
func (d *dealer) lowest() int {
	best := 0
	for i := range d.ids {
		// An id with a due of 0 is the lowest only if all others have 0 too.
		if uint64(d.have[i])*uint64(max(d.due[best], 0)) < uint64(d.have[best])*uint64(d.due[i]) ||
			d.due[best] == 0 && d.due[i] > 0 {
			best = i
		}
	}
	return best
}

// take gives one bucket to the lowest id and returns the id.
func (d *dealer) take() int32 {
	i := d.lowest()
	d.have[i]++
	return d.ids[i]
}

// newDealer returns a dealer for members: for all, or only for those that are up.
func newDealer(members []Member, buckets int, onlyUp bool) *dealer {
	d := &dealer{}
	var weights []uint32
	for _, m := range members {
		if m.Up || !onlyUp {
			d.ids = append(d.ids, int32(m.ID))
			weights = append(weights, m.Weight)
		}
	}
	d.due, d.have = shares(buckets, weights), make([]int, len(weights))
	return d
}

// rehome gives each bucket a home by the members' weights and moves as few buckets as
// possible. It ignores whether members are up.
func (d *Distributor) rehome() {
	deal := newDealer(d.members, len(d.home), false)
	for b, id := range d.home {
		if !slices.Contains(deal.ids, id) {
			d.home[b] = none
			continue
		}
		deal.add(id, 1)
	}
	if len(deal.ids) == 0 {
		return
	}
	for b, id := range d.home {
		if id != none && deal.over(id) {
			deal.add(id, -1)
			d.home[b] = none
		}
	}
	for b, id := range d.home {
		if id == none {
			d.home[b] = deal.take()
		}
	}
}

// place decides where each bucket belongs while members are down: at its home if that is
// up, else with its last member if that is up, else with the members furthest below their
// shares. After a member has joined, it also moves buckets that are away from home off
// members that have more than their share.
func (d *Distributor) place(joined bool) {
	deal := newDealer(d.members, len(d.want), true)
	if len(deal.ids) == 0 {
		for b := range d.want {
			d.want[b] = none
		}
		return
	}
	up := d.upIDs()
	for b, home := range d.home {
		switch {
		case up[home]:
			d.want[b] = home
		case !up[d.want[b]]:
			d.want[b] = none
		}
		deal.add(d.want[b], 1)
	}
	if joined {
		for b, id := range d.want {
			if id != none && id != d.home[b] && deal.over(id) {
				deal.add(id, -1)
				d.want[b] = none
			}
		}
	}
	for b, id := range d.want {
		if id == none {
			d.want[b] = deal.take()
		}
	}
}
