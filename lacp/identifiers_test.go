package lacp

import (
	"errors"
	"testing"
)

// Identifiers compare as one unsigned number, and the lower has precedence.
func TestCompare(t *testing.T) {
	systems := []SystemID{{0, MAC{}}, {0, MAC{0, 0, 0, 0, 0, 1}}, {0, MAC{255, 255, 255, 255, 255, 255}}, {1, MAC{}},
		{0x8000, MAC{2, 0, 0, 0, 0, 0x0a}}, {0x8000, MAC{2, 0, 0, 0, 0, 0x0b}}, {0x8000, MAC{2, 0, 0, 0, 1, 0}},
		{0x8000, MAC{3}}, {0x8001, MAC{}}, {0xffff, MAC{}}}
	for i, a := range systems {
		for j, b := range systems {
			if got, want := a.Compare(b), sign(i-j); got != want {
				t.Errorf("comparison of %v and %v: %d, want %d", a, b, got, want)
			}
		}
	}
	ports := []PortID{{0, 0}, {0, 1}, {0, 0xffff}, {1, 0}, {0x0100, 0}, {0xffff, 1}}
	for i, a := range ports {
		for j, b := range ports {
			if got, want := a.Compare(b), sign(i-j); got != want {
				t.Errorf("comparison of %v and %v: %d, want %d", a, b, got, want)
			}
		}
	}
}

func sign(n int) int { return min(1, max(-1, n)) }

func TestText(t *testing.T) {
	mac := MAC{0x02, 0xab, 0, 0x0f, 0xf0, 0xff}
	for got, want := range map[string]string{
		mac.String():                           "02:ab:00:0f:f0:ff",
		SystemID{0x8000, mac}.String():         "8000,02:ab:00:0f:f0:ff",
		PortID{0x00ff, 10}.String():            "00ff,000a",
		State(0).String():                      "********",
		State(0xff).String():                   "EFDCSGSA",
		State(0x3d).String():                   "**DCSG*A",
		State(0xc7).String():                   "EF***GSA",
		DuplexHalf.String():                    "half",
		DuplexFull.String():                    "full",
		DuplexUnknown.String():                 "unknown",
		SlowMarkerResponse.String():            "marker-response",
		SlowKind(99).String():                  "invalid",
		ReceiveState(99).String():              "invalid",
		ReasonCode(250).String():               "invalid",
		MuxCollectingDistributing.String():     "COLLECTING_DISTRIBUTING",
		(&FieldError{"Key", "0", "1"}).Error(): "lacp: Key is 0, allowed: 1",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := State(0x3d).Flags(); len(got) != 5 || got[0] != "Activity" || got[4] != "Distributing" {
		t.Errorf("flags %v, want Activity to Distributing", got)
	}
	for _, text := range []string{"02:ab:00:0f:f0:ff", "02-ab-00-0f-f0-ff", "02:AB:00:0F:F0:FF"} {
		var got MAC
		if err := got.UnmarshalText([]byte(text)); err != nil || got != mac {
			t.Errorf("UnmarshalText(%s) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "02:ab:00:0f:f0", "02:ab:00:0f:f0:fg", "02:ab-00:0f:f0:ff", "02.ab.00.0f.f0.ff",
		"02:ab:00:0f:f0:+f", "+2:ab:00:0f:f0:ff", "02:ab:00:0f:f0:ff:00", "02:ab:00:0f:f0ff0"} {
		got := mac
		var bad *FieldError
		if err := got.UnmarshalText([]byte(text)); !errors.As(err, &bad) || bad.Value != text || got != mac {
			t.Errorf("UnmarshalText(%q) = %v, %v; want a FieldError", text, got, err)
		}
	}
	if text, err := mac.MarshalText(); err != nil || string(text) != "02:ab:00:0f:f0:ff" {
		t.Errorf("MarshalText() = %s, %v; want 02:ab:00:0f:f0:ff", text, err)
	}
}

func TestMACCompare(t *testing.T) {
	ordered := []MAC{{}, {0, 0, 0, 0, 0, 1}, {0, 0, 0, 0, 0, 0xff}, {0, 0, 0, 0, 1, 0}, {1}, {0xff}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := a.Compare(b), sign(i-j); got != want {
				t.Errorf("comparison of %v and %v: %d, want %d", a, b, got, want)
			}
		}
	}
}

// The System with the lower identifier comes first, ours or the partner's.
func TestLAGIDIsCanonical(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	lower := SystemID{1, MAC{2, 0, 0, 0, 0, 1}}
	d.hear(1, func(p *PDU) { p.Actor.System = lower })
	if got := d.port(1).LAGID; got.Local.System != lower || got.Remote.System != ourSystem || got.Local.Key != 2 || got.Remote.Key != 1 {
		t.Errorf("LAG ID %v: want the partner's half first", got)
	}
}
