package lacp

// timerHeap holds the ports ordered by their wake-up times, as a heap of degree four.
// Each port knows its place in it. A port whose wake-up moved to a later time keeps
// its old entry until that comes up, so that the restart of a timer, the most frequent
// change, costs nothing here.
type timerHeap []appointment

type appointment struct {
	at   instant
	port *port
}

const heapDegree = 4

// next returns the earliest wake-up; never without ports.
func (a timerHeap) next() instant {
	if len(a) == 0 {
		return never
	}
	return a[0].at
}

// plan sets p's appointment to the given time, replacing an earlier one.
func (a *timerHeap) plan(p *port, at instant) {
	if p.place < 0 {
		p.place = len(*a)
		*a = append(*a, appointment{at, p})
		a.up(p.place)
		return
	}
	old := (*a)[p.place].at
	(*a)[p.place].at = at
	if at < old {
		a.up(p.place)
	} else {
		a.down(p.place)
	}
}

// cancel removes p's appointment, if any.
func (a *timerHeap) cancel(p *port) {
	if p.place < 0 {
		return
	}
	i, last := p.place, len(*a)-1
	a.swap(i, last)
	(*a)[last] = appointment{}
	*a = (*a)[:last]
	p.place = -1
	if i < last {
		a.up(i)
		a.down(i)
	}
}

func (a timerHeap) up(i int) {
	for i > 0 {
		parent := (i - 1) / heapDegree
		if a[parent].at <= a[i].at {
			return
		}
		a.swap(i, parent)
		i = parent
	}
}

func (a timerHeap) down(i int) {
	for {
		first := i*heapDegree + 1
		if first >= len(a) {
			return
		}
		least := first
		for c := first + 1; c < min(first+heapDegree, len(a)); c++ {
			if a[c].at < a[least].at {
				least = c
			}
		}
		if a[i].at <= a[least].at {
			return
		}
		a.swap(i, least)
		i = least
	}
}

func (a timerHeap) swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].port.place, a[j].port.place = i, j
}
