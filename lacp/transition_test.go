package lacp

import "testing"

func TestTransitionString(t *testing.T) {
	tr := Transition{Port: 7, Machine: MachineMux, From: "WAITING", To: "ATTACHED", Why: "Selected = SELECTED AND Ready = TRUE"}
	if got, want := tr.String(), "port 7 mux WAITING → ATTACHED: Selected = SELECTED AND Ready = TRUE"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
