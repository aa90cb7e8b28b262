package lacp

import "testing"

func TestDuplexNames(t *testing.T) {
	for d, want := range map[Duplex]string{DuplexUnknown: "unknown", DuplexHalf: "half", DuplexFull: "full", 9: "unknown"} {
		if got := d.String(); got != want {
			t.Errorf("%d is %q, want %q", d, got, want)
		}
	}
}
