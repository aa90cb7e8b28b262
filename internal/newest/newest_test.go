package newest

import (
	"sync"
	"testing"
)

func TestQueueKeepsTheNewestValueOfEachSource(t *testing.T) {
	q := New[string, int]()
	q.Put("a", 1)
	q.Put("b", 2)
	q.Put("a", 3)
	<-q.Wake()
	for _, want := range []struct {
		source string
		v      int
	}{{"a", 3}, {"b", 2}} {
		if source, v, ok := q.Take(); !ok || source != want.source || v != want.v {
			t.Errorf("Take() = %s, %d, %v, want %s, %d, true", source, v, ok, want.source, want.v)
		}
	}
	if source, _, ok := q.Take(); ok {
		t.Errorf("Take() of an empty queue returns a value of %s, want none", source)
	}
	select {
	case <-q.Wake():
		t.Error("woken again without another Put")
	default:
	}
	q.Put("a", 4)
	<-q.Wake()
	if _, v, ok := q.Take(); !ok || v != 4 {
		t.Errorf("Take() = %d, %v, want 4, true", v, ok)
	}
}

func TestWritersNeverWait(t *testing.T) {
	q := New[int, int]()
	var writers sync.WaitGroup
	for source := range 4 {
		writers.Go(func() {
			for v := range 1000 {
				q.Put(source, v)
			}
		})
	}
	writers.Wait()
	got := make(map[int]int)
	for {
		source, v, ok := q.Take()
		if !ok {
			break
		}
		got[source] = v
	}
	for source := range 4 {
		if got[source] != 999 {
			t.Errorf("source %d has value %d, want 999, its newest", source, got[source])
		}
	}
}
