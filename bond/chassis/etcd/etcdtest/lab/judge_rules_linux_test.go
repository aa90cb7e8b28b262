package lab

import (
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

func TestSpansOfPermissions(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []permit
		want    []span
	}{
		{"none", nil, nil},
		{"never given", []permit{{Asked: 1, Done: 2}}, nil},
		{"given and left to end", []permit{{10, 11, 500, 1}}, []span{{10, 500}}},
		{"extended", []permit{{10, 11, 500, 1}, {100, 101, 600, 1}}, []span{{10, 600}}},
		{"closed once the change is made", []permit{{10, 11, 500, 1}, {100, 103, 0, 0}}, []span{{10, 103}}},
		{"shortened", []permit{{10, 11, 500, 1}, {100, 103, 200, 1}}, []span{{10, 200}}},
		{"shortened to less than the change takes", []permit{{10, 11, 500, 1}, {100, 103, 102, 1}}, []span{{10, 103}}},
		{"ended and given again", []permit{{10, 11, 500, 1}, {600, 601, 900, 2}}, []span{{10, 500}, {600, 900}}},
		{"ended and closed", []permit{{10, 11, 500, 1}, {600, 601, 0, 2}}, []span{{10, 500}}},
	} {
		if got := spansOf(c.changes); !slices.Equal(got, c.want) {
			t.Errorf("%s: spans %v, want %v", c.name, got, c.want)
		}
	}
	if got, want := truncate([]span{{1, 5}, {6, 9}, {10, 12}}, 8), []span{{1, 5}, {6, 8}}; !slices.Equal(got, want) {
		t.Errorf("truncated: %v, want %v", got, want)
	}
	if got := overlapOf([]span{{1, 5}, {20, 30}}, []span{{5, 9}, {27, 50}}); got != 3 {
		t.Errorf("overlap %d, want 3", got)
	}
	if got := overlapOf([]span{{1, 5}}, []span{{7, 9}}); got != 0 {
		t.Errorf("overlap of spans apart: %d, want 0", got)
	}
}

// A flow of ten requests: the first box answers until its permission ends, request 4 is lost, the
// second box answers the rest, one of them twice, and one when it is closed.
func TestJudge(t *testing.T) {
	f := &flow{}
	for i := range 10 {
		f.sent = append(f.sent, time.Duration(100+10*i)*ms)
	}
	add := func(number int, box byte, accepted time.Duration) {
		f.answers = append(f.answers, answer{uint32(number), box, accepted, accepted + ms})
	}
	for i := range 4 {
		add(i, 'A', f.sent[i]+ms)
	}
	for i := 5; i < 10; i++ {
		add(i, 'B', f.sent[i]+ms)
	}
	add(7, 'B', f.sent[7]+2*ms)
	open := map[byte][]span{'A': {{0, 140 * ms}}, 'B': {{130 * ms, 190 * ms}}}
	v := judge([]*flow{f}, open, open)
	if v.sent != 10 || v.lost != 1 || v.twice != 1 || v.count['A'] != 4 || v.count['B'] != 6 {
		t.Errorf("%v; want 10 sent, 1 lost, 1 twice, 4 of A, 6 of B", v)
	}
	if v.median() != 20*ms || v.worst() != 20*ms {
		t.Errorf("silence %v and %v, want 20ms", v.median(), v.worst())
	}
	if got := v.gap('A', 'B'); got != 20*ms {
		t.Errorf("gap between A and B: %v, want 20ms", got)
	}
	if v.overlap != 10*ms {
		t.Errorf("overlap %v, want 10ms", v.overlap)
	}
	if v.closed != 1 {
		t.Errorf("%d answers of closed boxes, want the last one", v.closed)
	}
}

// What is silent at the end counts, and what is silent from the start.
func TestJudgeSilenceAtTheEnds(t *testing.T) {
	f := &flow{sent: []time.Duration{0, 10 * ms, 20 * ms, 50 * ms}}
	f.answers = []answer{{1, 'A', 11 * ms, 12 * ms}}
	if v := judge([]*flow{f}, nil, nil); v.worst() != 40*ms {
		t.Errorf("silence %v, want 40ms", v.worst())
	}
	f.answers = nil
	for i := range f.sent {
		f.answers = append(f.answers, answer{uint32(i), 'A', f.sent[i], f.sent[i]})
	}
	if v := judge([]*flow{f}, nil, nil); v.worst() != 0 || v.lost != 0 {
		t.Errorf("all answered: silence %v, %d lost, want none", v.worst(), v.lost)
	}
	f.answers = nil
	if v := judge([]*flow{f}, nil, nil); v.worst() != 50*ms || v.lost != 4 {
		t.Errorf("without an answer: silence %v, %d lost, want 50ms and 4", v.worst(), v.lost)
	}
}
