package lacp

import "testing"

func TestMACCompare(t *testing.T) {
	ordered := []MAC{{}, {0, 0, 0, 0, 0, 1}, {0, 0, 0, 0, 0, 0xff}, {0, 0, 0, 0, 1, 0}, {1}, {0xff}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := a.Compare(b), sign(i-j); got != want {
				t.Errorf("%v and %v: %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestTransitionString(t *testing.T) {
	tr := Transition{Port: 7, Machine: MachineMux, From: "WAITING", To: "ATTACHED", Why: "Selected = SELECTED AND Ready = TRUE"}
	if got, want := tr.String(), "port 7 mux WAITING → ATTACHED: Selected = SELECTED AND Ready = TRUE"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A caller may stop in the middle of a list.
func TestIteratorsStop(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{Key: 1}, PortConfig{Key: 2})
	d.establish(1, 2)
	n := 0
	for range d.Ports() {
		n++
		break
	}
	for range d.Aggregators() {
		n++
		break
	}
	if n != 2 {
		t.Errorf("%d, want one of each", n)
	}
}
