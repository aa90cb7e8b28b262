package link

import (
	"slices"
	"testing"
)

func TestWatchGetsTheNewestStateAndEachAfterIt(t *testing.T) {
	var r Reports
	var first, second []int
	r.Watch(func(st State) { first = append(first, st.MTU) })
	if len(first) != 0 {
		t.Errorf("reported before any state is known: %v, want nothing", first)
	}
	r.Put(State{MTU: 1})
	r.Put(State{MTU: 2})
	r.Watch(func(st State) { second = append(second, st.MTU) })
	r.Put(State{MTU: 3})
	r.Watch(nil)
	r.Put(State{MTU: 4})
	if want := []int{1, 2}; !slices.Equal(first, want) {
		t.Errorf("first watcher got %v, want %v", first, want)
	}
	if want := []int{2, 3}; !slices.Equal(second, want) {
		t.Errorf("second watcher got %v, want %v", second, want)
	}
}

func TestStatesKeepsTheNewestForASlowReader(t *testing.T) {
	var r Reports
	c := States(&r)
	for mtu := 1; mtu <= 3; mtu++ {
		r.Put(State{MTU: mtu})
	}
	if st := <-c; st.MTU != 3 {
		t.Errorf("got MTU %d, want 3, the newest", st.MTU)
	}
	select {
	case st := <-c:
		t.Errorf("got another state %+v, want none", st)
	default:
	}
}
