package fuzz

import (
	"bytes"
	"errors"
	"testing"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// FuzzNames reads arbitrary text as an address and as names of options. An accepted value
// has a text that reads as the same value. Other text gives a FieldError and changes
// nothing. Every value of an enumeration has a text.
func FuzzNames(f *testing.F) {
	for i, text := range []string{"02:00:00:00:00:0a", "02-00-00-00-00-0B", "02:00-00:00:00:0a", "02:00:00:00:00:0g", "02:00:00:00:00",
		"stable", "bandwidth", "count", "port-priority", "actor_port_prio", "none", "one", "all", ""} {
		f.Add(text, byte(i))
	}
	f.Add("", byte(0xff))
	f.Fuzz(func(t *testing.T, text string, value byte) {
		checkAddress(t, text)
		policy, err := lacp.ParseAggregatorPolicy(text)
		if checkField(t, err); err == nil && policy.String() != text && text != "actor_port_prio" {
			t.Fatalf("%q is policy %v", text, policy)
		}
		fallback, err := lacp.ParseFallback(text)
		if checkField(t, err); err == nil && fallback.String() != text {
			t.Fatalf("%q is fallback %v", text, fallback)
		}
		checkValue(t, value)
	})
}

func checkField(t *testing.T, err error) {
	t.Helper()
	var field *lacp.FieldError
	if err != nil && (!errors.As(err, &field) || field.Field == "" || field.Allowed == "") {
		t.Fatalf("rejected with %v, want a FieldError", err)
	}
}

func checkAddress(t *testing.T, text string) {
	m := macB
	err := m.UnmarshalText([]byte(text))
	if checkField(t, err); err != nil {
		if m != macB {
			t.Fatalf("%q is rejected, but changes the address to %v", text, m)
		}
		return
	}
	out, err := m.MarshalText()
	if err != nil || m.String() != string(out) {
		t.Fatalf("%v marshals to %q, %v", m, out, err)
	}
	again, err := lacp.ParseMAC(string(out))
	if err != nil || again != m {
		t.Fatalf("%q is %v, whose text %q reads as %v, %v", text, m, out, again, err)
	}
	if want := bytes.Compare(m[:], macB[:]); m.Compare(macB) != want {
		t.Fatalf("%v compares to %v as %d, want %d", m, macB, m.Compare(macB), want)
	}
}

// checkValue makes a value of each enumeration from v and checks its name.
func checkValue(t *testing.T, v byte) {
	names := []string{
		lacp.AggregatorPolicy(v).String(), lacp.Fallback(v).String(), lacp.Gate(v).String(), lacp.DrainState(v).String(),
		lacp.Severity(v).String(), lacp.Machine(v).String(), lacp.ReceiveState(v).String(), lacp.PeriodicState(v).String(),
		lacp.Selection(v).String(), lacp.MuxState(v).String(), lacp.ChurnState(v).String(), lacp.SlowKind(v).String(),
		lacp.Duplex(v).String(), lacp.ReasonCode(v).String(), marker.Result(v).String(),
	}
	for i, name := range names {
		if name == "" {
			t.Fatalf("value %d of enumeration %d has no name", v, i)
		}
	}
	text, set := lacp.State(v).String(), 0
	for _, letter := range text {
		if letter != '*' {
			set++
		}
	}
	if len(text) != 8 || set != len(lacp.State(v).Flags()) {
		t.Fatalf("state %#02x is %q with flags %v", v, text, lacp.State(v).Flags())
	}
	reason := lacp.Reason{Code: lacp.ReasonCode(v), Have: "have"}
	if one := reason.String(); one != reason.Code.String()+" (have)" {
		t.Fatalf("a reason with one value: got text %q", one)
	}
}
