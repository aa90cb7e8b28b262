package feed

import (
	"context"
	"testing"
)

type event struct{ kind, number, missed int }

func newFeed() *Feed[event] {
	return New(func(e, old event) bool { return e.kind == old.kind }, func(e *event) *int { return &e.missed })
}

func TestEventsArriveInTheirOrderUntilTheWriterEnds(t *testing.T) {
	f, ended := newFeed(), make(chan struct{})
	for i := range 10 {
		f.Put(event{number: i})
	}
	close(ended)
	go f.Run(context.Background(), ended)
	n := 0
	for e := range f.Events() {
		if e.number != n {
			t.Fatalf("got event %d, want %d", e.number, n)
		}
		n++
	}
	if n != 10 {
		t.Errorf("got %d events, want 10", n)
	}
}

func TestFullQueueKeepsTheNewestEventOfEachKind(t *testing.T) {
	f := newFeed()
	f.Put(event{kind: 1})
	f.Put(event{kind: 2})
	const puts = 1000
	for i := range puts {
		f.Put(event{kind: 3, number: i})
	}
	if len(f.queue) != queued {
		t.Fatalf("queue has %d events, want %d", len(f.queue), queued)
	}
	if f.queue[0].kind != 1 || f.queue[1].kind != 2 {
		t.Errorf("first events are of kinds %d and %d, want 1 and 2: nothing supersedes them", f.queue[0].kind, f.queue[1].kind)
	}
	if last := f.queue[queued-1]; last.number != puts-1 {
		t.Errorf("last event is %d, want %d", last.number, puts-1)
	}
	missed := 0
	for _, e := range f.queue {
		missed += e.missed
	}
	if missed != puts+2-queued {
		t.Errorf("events count %d missed, want %d", missed, puts+2-queued)
	}
}

func TestFullQueueDropsTheOldestIfNothingIsSuperseded(t *testing.T) {
	f := newFeed()
	for i := range queued + 1 {
		f.Put(event{kind: i})
	}
	if first := f.queue[0]; first.kind != 1 || first.missed != 1 {
		t.Errorf("first event is of kind %d with %d missed, want kind 1 with 1 missed", first.kind, first.missed)
	}
}

func TestReaderThatGoesEndsTheFeed(t *testing.T) {
	f := newFeed()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f.Run(ctx, make(chan struct{}))
	if _, open := <-f.Events(); open {
		t.Error("channel of the events is open after the reader has gone, want it closed")
	}
}
