package hash_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/hash"
)

func TestParsePolicy(t *testing.T) {
	tests := []struct {
		text string
		want hash.Policy
	}{
		{"layer2", hash.Layer2}, {"LAYER2", hash.Layer2}, {"0", hash.Layer2},
		{"layer2+3", hash.Layer23}, {"LAYER2+3", hash.Layer23}, {"2", hash.Layer23},
		{"layer3+4", hash.Layer34}, {"Layer3+4", hash.Layer34}, {"1", hash.Layer34},
		{"encap2+3", hash.Encap23}, {"3", hash.Encap23},
		{"ENCAP3+4", hash.Encap34}, {"4", hash.Encap34},
		{"vlan+srcmac", hash.VLANSrcMAC}, {"5", hash.VLANSrcMAC},
		{"flow", hash.Flow}, {"Flow", hash.Flow},
		{"dpdk:l2", hash.DPDKLayer2}, {"DPDK:L23", hash.DPDKLayer23}, {"dpdk:l34", hash.DPDKLayer34},
		{"l23", hash.DPDKLayer23}, {"l34", hash.DPDKLayer34},
		{"l2", hash.Layer2}, {"l3", hash.Layer23}, {"l4", hash.Layer34},
		{"l2,l3", hash.Layer23}, {"l3,l2", hash.Layer23}, {"L3,L4", hash.Layer34},
		{"l2,l3,l4", hash.Layer34}, {"lagg:l2,l3,l4", hash.Layer34},
	}
	for _, tt := range tests {
		if got, err := hash.ParsePolicy(tt.text); got != tt.want || err != nil {
			t.Errorf("ParsePolicy(%q) = %v, %v, want %v", tt.text, got, err, tt.want)
		}
	}
}

func TestPolicyNamesAndNumbers(t *testing.T) {
	tests := []struct {
		policy hash.Policy
		name   string
		number int
	}{
		{hash.Layer2, "layer2", 0}, {hash.Layer34, "layer3+4", 1}, {hash.Layer23, "layer2+3", 2},
		{hash.Encap23, "encap2+3", 3}, {hash.Encap34, "encap3+4", 4}, {hash.VLANSrcMAC, "vlan+srcmac", 5},
		{hash.Flow, "flow", -1}, {hash.DPDKLayer2, "dpdk:l2", -1}, {hash.DPDKLayer23, "dpdk:l23", -1},
		{hash.DPDKLayer34, "dpdk:l34", -1}, {99, "Policy(99)", -1},
	}
	for _, tt := range tests {
		if got := tt.policy.String(); got != tt.name {
			t.Errorf("String() = %q, want %q", got, tt.name)
		}
		if got := tt.policy.LinuxNumber(); got != tt.number {
			t.Errorf("%v: LinuxNumber() = %d, want %d", tt.policy, got, tt.number)
		}
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	for _, s := range []string{
		"", "6", "-1", "00", "layer4", "layer2+3 ", "layer 2", "encap2+3x",
		"l2,", "l2,l2", "l2,l5", "lagg:", "dpdk:", "dpdk:l2,l3", "lagg:l34", "dpdk:lagg:l2",
	} {
		_, err := hash.ParsePolicy(s)
		var refused *hash.FieldError
		if !errors.As(err, &refused) || refused.Value != s {
			t.Errorf("ParsePolicy(%q): got error %v, want a FieldError with the value", s, err)
			continue
		}
		for _, part := range []string{`"` + s + `"`, "layer2 ", "layer2+3", "layer3+4", "vlan+srcmac", "flow", "dpdk:l34", "l2,l3,l4"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("ParsePolicy(%q): error %q does not mention %s", s, err, part)
			}
		}
	}
}

func TestPolicyText(t *testing.T) {
	for _, p := range hash.Policies() {
		text, err := p.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back hash.Policy
		if err := back.UnmarshalText(text); err != nil || back != p {
			t.Errorf("%s: got %v, %v after MarshalText and UnmarshalText, want the same", text, back, err)
		}
	}
	if _, err := hash.Policy(99).MarshalText(); err == nil {
		t.Error("MarshalText of a policy out of range: got no error, want one")
	}
	p := hash.Layer34
	if err := p.UnmarshalText([]byte("layer7")); err == nil || p != hash.Layer34 {
		t.Errorf("rejected text left %v, error %v; want layer3+4 and an error", p, err)
	}
}

func TestTagViewText(t *testing.T) {
	for text, want := range map[string]hash.TagView{
		"stripped": hash.TagStripped, "INLINE": hash.TagInline, "inline": hash.TagInline, "socket": hash.TagSocket,
	} {
		if got, err := hash.ParseTagView(text); got != want || err != nil {
			t.Errorf("ParseTagView(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	v := hash.TagInline
	var refused *hash.FieldError
	if err := v.UnmarshalText([]byte("inband")); !errors.As(err, &refused) || refused.Value != "inband" || v != hash.TagInline {
		t.Errorf("rejected text left %v, error %v; want no change and an error", v, err)
	}
	if _, err := hash.TagView(9).MarshalText(); !errors.As(err, &refused) || refused.Value != "TagView(9)" {
		t.Errorf("MarshalText out of range: error %v", err)
	}
	if text, err := hash.TagInline.MarshalText(); string(text) != "inline" || err != nil {
		t.Errorf("MarshalText = %s, %v, want inline", text, err)
	}
}

func TestNewRefuses(t *testing.T) {
	var badPolicy *hash.FieldError
	if _, err := hash.New(77, hash.Options{}); !errors.As(err, &badPolicy) || badPolicy.Value != "Policy(77)" {
		t.Errorf("New with policy 77: error %v, want a FieldError", err)
	}
	var badTags *hash.FieldError
	if _, err := hash.New(hash.Layer2, hash.Options{Tags: 3}); !errors.As(err, &badTags) || badTags.Value != "TagView(3)" {
		t.Errorf("New with tag view 3: error %v, want a FieldError", err)
	}
}

func TestZeroHasherIsTheDefault(t *testing.T) {
	var zero hash.Hasher
	h, err := hash.New(hash.Layer23, hash.Options{Tags: hash.TagStripped})
	if err != nil || zero != h {
		t.Errorf("zero Hasher is %v with tags %v, error %v; want layer2+3, stripped", zero.Policy(), zero.Tags(), err)
	}
}
