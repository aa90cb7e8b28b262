package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func one(t *testing.T, body string) *Bond {
	t.Helper()
	f := Parse("f", []byte("bonds:\n- name: b\n  "+strings.ReplaceAll(body, "\n", "\n  ")+"\n"))
	if len(f.Problems) > 0 || len(f.Bonds) != 1 {
		t.Fatalf("%s: problems %+v", body, f.Problems)
	}
	return &f.Bonds[0]
}

// TestWithIsTheFileWithTheValueReplaced checks that a changed bond is the one that a file with
// the new values has.
func TestWithIsTheFileWithTheValueReplaced(t *testing.T) {
	const file = "ports: [e0, e1]\nlag_protocol: LACP\nmtu: 1500\nport_priority: {e0: 7}\naddresses: [192.0.2.1/24]"
	for _, tt := range []struct {
		changes []Change
		want    string
	}{
		{nil, file},
		{[]Change{{"mtu", "9000"}}, strings.Replace(file, "1500", "9000", 1)},
		{[]Change{{"MTU", "9000"}, {"protocol", "LOADBALANCE"}}, "ports: [e0, e1]\nlag_protocol: LOADBALANCE\nmtu: 9000\nport_priority: {e0: 7}\naddresses: [192.0.2.1/24]"},
		{[]Change{{"mtu", ""}}, strings.Replace(file, "mtu: 1500\n", "", 1)},
		{[]Change{{"port_priority", "{e0: 9, e1: 3}"}}, strings.Replace(file, "{e0: 7}", "{e0: 9, e1: 3}", 1)},
		{[]Change{{"addresses", "[192.0.2.2/24, 2001:db8::1/64]"}}, strings.Replace(file, "[192.0.2.1/24]", "[192.0.2.2/24, 2001:db8::1/64]", 1)},
		{[]Change{{"system_mac", "02:00:00:00:00:01"}}, file + "\nsystem_mac: 02:00:00:00:00:01"},
		{[]Change{PortsChange([]string{"e0", "a#b,[c]"})}, strings.Replace(file, "[e0, e1]", `[e0, "a#b,[c]"]`, 1)},
	} {
		got, problems := one(t, file).With(tt.changes...)
		problems = slices.DeleteFunc(problems, func(p Problem) bool { return p.Warning })
		if len(problems) > 0 {
			t.Errorf("%v: problems %+v, want none", tt.changes, problems)
			continue
		}
		f := Parse("f", []byte("bonds:\n- name: b\n  "+strings.ReplaceAll(tt.want, "\n", "\n  ")+"\n"))
		want := f.Bonds[0]
		got.at, want.at = positions{}, positions{}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v: got %+v, want %+v", tt.changes, got, want)
		}
	}
}

func TestWithRefusesWhatAFileMayNotHave(t *testing.T) {
	b := one(t, "ports: [e0, e1]")
	for _, tt := range []struct{ key, value, field, text string }{
		{"mtu", "1", "mtu", "allowed: 1492 to 9216"},
		{"mtu", "[1", "mtu", "allowed: 1492 to 9216"},
		{"mtu", "1500\n---\n1600", "mtu", "allowed: 1492 to 9216"},
		{"mtu", "&a 1500", "mtu", "allowed: 1492 to 9216"},
		{"mtu", "# 1500", "mtu", "allowed: 1492 to 9216"},
		{"mtu", "\x00", "mtu", "allowed: 1492 to 9216"},
		{"colour", "red", "colour", "no such key"},
		{"minlink", "1", "minlink", "did you mean min_links?"},
		{"ports", "", "ports", "each bond has name and ports"},
	} {
		_, problems := b.With(Change{tt.key, tt.value})
		if len(problems) == 0 || problems[0].Field != tt.field || !strings.Contains(problems[0].Text, tt.text) {
			t.Errorf("%s=%s: problems %+v, want %s: %s", tt.key, tt.value, problems, tt.field, tt.text)
		}
	}
	if _, problems := b.With(Change{"mtu", "1500"}, Change{"mtu", "1600"}); len(problems) != 1 || problems[0].Field != "mtu" {
		t.Errorf("a key twice: problems %+v, want one", problems)
	}
	next, problems := b.With(Change{"min_links", "3"})
	if len(problems) > 0 {
		t.Fatalf("problems %+v", problems)
	}
	if problems = Check([]Bond{next}, nil); len(problems) != 1 || problems[0].Field != "min_links" {
		t.Errorf("too many min_links: problems %+v, want one", problems)
	}
}

func TestDiffNamesTheKeysThatMeanSomethingElse(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     []Difference
	}{
		{"ports: [e0]", "ports: [e1]", nil},
		{"ports: [e0]", "ports: [e0]\nmtu: 1500\nlacp_rate: slow\naggregate_wait: 2000", nil},
		{"ports: [e0]\naddresses: [192.0.2.1/24]", "ports: [e0]\naddress: 192.0.2.1/24", nil},
		{"ports: [e0]\nmtu: 9000", "ports: [e0]", []Difference{{"mtu", "9000", "1500", EffectInterrupts}}},
		{"ports: [e0]", "ports: [e0]\nport_priority: {e0: 7}\nqueues: 4\ndescription: x", []Difference{
			{"description", "", "x", EffectNone}, {"port_priority", "", "{e0: 7}", EffectFlows}, {"queues", "1", "4", EffectLater}}},
		{"ports: [e0]\naddresses: [192.0.2.1/24, 192.0.2.2/24]", "ports: [e0]", []Difference{{"addresses", "[192.0.2.1/24, 192.0.2.2/24]", "", EffectNone}}},
	} {
		if got := Diff(one(t, tt.from), one(t, tt.to)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q to %q: got %+v, want %+v", tt.from, tt.to, got, tt.want)
		}
	}
}

// TestEffectsAreOfKeys checks that the table names keys that there are.
func TestEffectsAreOfKeys(t *testing.T) {
	for key := range effects {
		if o := optionOf(key); o == nil || o.key != key {
			t.Errorf("effects has %s, which is no key", key)
		}
	}
}
