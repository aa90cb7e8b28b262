package lab

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// permit is a change of the permission of a box's data path, by the clock monotonic.
type permit struct {
	Asked time.Duration // just before the change
	Done  time.Duration // just after it
	Until time.Duration // when the permission ends; 0: none
	Epoch uint64
}

// span is a time while the data path of a box passes frames.
type span struct{ from, to time.Duration }

// spansOf returns when a data path could pass frames, at most.
func spansOf(changes []permit) (all []span) {
	for _, c := range changes {
		last := len(all) - 1
		open := last >= 0 && c.Asked <= all[last].to
		switch {
		case open:
			all[last].to = max(c.Until, min(all[last].to, c.Done))
		case c.Until > c.Asked:
			all = append(all, span{c.Asked, c.Until})
		}
	}
	return all
}

// truncate ends spans at a time.
func truncate(all []span, at time.Duration) (cut []span) {
	for _, s := range all {
		if s.from < at {
			cut = append(cut, span{s.from, min(s.to, at)})
		}
	}
	return cut
}

// overlapOf returns the longest time that two data paths could pass frames.
func overlapOf(a, b []span) (longest time.Duration) {
	for _, x := range a {
		for _, y := range b {
			longest = max(longest, min(x.to, y.to)-max(x.from, y.from))
		}
	}
	return max(longest, 0)
}

// verdict is what has become of the flows.
type verdict struct {
	sent, lost, twice int
	by                string // who answered a request twice

	// silences are the longest time of each flow between two requests that were answered, with others
	// between them that were not; shortest first.
	silences []time.Duration
	first    map[byte]time.Duration
	last     map[byte]time.Duration // when the first and the last answer of each box arrived
	count    map[byte]int           // its answers

	open    map[byte][]span // when each box could pass frames, since the first request
	closed  int             // answers of a box whose data path was closed all the time
	overlap time.Duration   // the longest time that two data paths were open
}

// judge returns the verdict on flows, with the times when each box could pass frames, at least and
// at most.
func judge(list []*flow, least, most map[byte][]span) *verdict {
	v := &verdict{open: make(map[byte][]span), first: make(map[byte]time.Duration), last: make(map[byte]time.Duration), count: make(map[byte]int)}
	for _, f := range list {
		v.add(f, most)
	}
	slices.Sort(v.silences)
	start := startOf(list)
	for box, spans := range least {
		for _, o := range spans {
			if o.to > start {
				v.open[box] = append(v.open[box], span{max(o.from-start, 0), o.to - start})
			}
		}
	}
	boxes := slices.Sorted(maps.Keys(least))
	for i, a := range boxes {
		for _, b := range boxes[i+1:] {
			v.overlap = max(v.overlap, overlapOf(v.open[a], v.open[b]))
		}
	}
	return v
}

// startOf returns when the first request was sent.
func startOf(list []*flow) time.Duration {
	first := list[0].sent[0]
	for _, f := range list {
		first = min(first, f.sent[0])
	}
	return first
}

// add adds a flow.
func (v *verdict) add(f *flow, open map[byte][]span) {
	answered := make([]string, len(f.sent)) // the boxes
	for _, a := range f.answers {
		if int(a.number) >= len(f.sent) {
			continue
		}
		if answered[a.number] += string(rune(a.box)); len(answered[a.number]) > 1 {
			v.twice++
			v.by = answered[a.number]
		}
		if v.count[a.box] == 0 || a.arrived < v.first[a.box] {
			v.first[a.box] = a.arrived
		}
		v.last[a.box] = max(v.last[a.box], a.arrived)
		v.count[a.box]++
		passed := func(s span) bool { return a.accepted <= s.to && s.from <= a.arrived }
		if !slices.ContainsFunc(open[a.box], passed) {
			v.closed++
		}
	}
	longest, before, silent := time.Duration(0), f.sent[0], false
	for number, by := range answered {
		v.sent++
		if by == "" {
			v.lost++
			silent = true
			continue
		}
		if silent { // else only the sender was late
			longest = max(longest, f.sent[number]-before)
		}
		before, silent = f.sent[number], false
	}
	if silent {
		longest = max(longest, f.sent[len(f.sent)-1]-before)
	}
	v.silences = append(v.silences, longest)
}

// median and worst return the longest silence of the median flow, and that of the worst one.
func (v *verdict) median() time.Duration { return v.silences[len(v.silences)/2] }
func (v *verdict) worst() time.Duration  { return v.silences[len(v.silences)-1] }

// gap returns the time between the last answer of a box and the first of another; negative if they
// overlap.
func (v *verdict) gap(from, to byte) time.Duration { return v.first[to] - v.last[from] }

// String returns all of it on a line.
func (v *verdict) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d sent, %d lost, %d answered twice; silence of the median flow %v, of the worst %v; answers", v.sent, v.lost, v.twice, milli(v.median()), milli(v.worst()))
	for _, box := range slices.Sorted(maps.Keys(v.count)) {
		fmt.Fprintf(&s, " %c %d", box, v.count[box])
	}
	for _, box := range slices.Sorted(maps.Keys(v.open)) {
		for _, o := range v.open[box] {
			fmt.Fprintf(&s, "; %c open from %v to %v", box, milli(o.from), milli(o.to))
		}
	}
	fmt.Fprintf(&s, "; of closed boxes %d; overlap %v", v.closed, milli(v.overlap))
	return s.String()
}

func milli(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
