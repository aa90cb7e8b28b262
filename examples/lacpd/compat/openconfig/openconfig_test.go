// Package openconfig reads what lacpd prints into structs generated from the OpenConfig models.
package openconfig

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/openconfig/ygot/exampleoc"

	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

// printed returns what lacpd prints, as a tree. The structs have each leaf once, that of config
// where state has it too: there the two must be equal, and the leaf of state is taken out.
func printed(t *testing.T, s *view.Status) map[string]any {
	t.Helper()
	var out bytes.Buffer
	if err := render.OpenConfig(&out, s); err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(out.Bytes(), &tree); err != nil {
		t.Fatal(err)
	}
	foldState(t, tree)
	return tree
}

func foldState(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, entry := range v {
			foldState(t, entry)
		}
	case map[string]any:
		config, _ := v["config"].(map[string]any)
		state, _ := v["state"].(map[string]any)
		for leaf, value := range config {
			if in, ok := state[leaf]; ok && in != value {
				t.Errorf("%s is %v in config and %v in state", leaf, value, in)
			}
			delete(state, leaf)
		}
		if len(state) == 0 {
			delete(v, "state")
		}
		for _, child := range v {
			foldState(t, child)
		}
	}
}

// unmarshal reads a tree into the structs, which refuse unknown leaves.
func unmarshal(t *testing.T, tree map[string]any) (*exampleoc.Device, error) {
	t.Helper()
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	device := new(exampleoc.Device)
	return device, exampleoc.Unmarshal(raw, device)
}

func TestOutputIsValidByTheModels(t *testing.T) {
	s := viewtest.Status(t)
	out := printed(t, s)
	device, err := unmarshal(t, out)
	if err != nil {
		t.Fatalf("%v:\n%v", err, out)
	}
	if err := device.Validate(); err != nil {
		t.Errorf("%v:\n%v", err, out)
	}
	lag := device.GetLacp().GetInterface("bond0")
	member := lag.GetMember("eth1")
	partner := s.Bonds[0].Partner
	switch {
	case member == nil:
		t.Fatalf("bond0 has no member eth1:\n%v", out)
	case lag.GetInterval() != exampleoc.Lacp_LacpPeriodType_FAST || lag.GetLacpMode() != exampleoc.Lacp_LacpActivityType_ACTIVE:
		t.Errorf("interval %v and mode %v, want fast and active", lag.GetInterval(), lag.GetLacpMode())
	case !member.GetDistributing() || member.GetSynchronization() != exampleoc.Lacp_LacpSynchronizationType_IN_SYNC:
		t.Errorf("member %+v, want one in sync that distributes", member)
	case member.GetPartnerId() != partner.System.String() || member.GetPartnerKey() != uint16(partner.Key) || member.GetPartnerPortNum() != 1:
		t.Errorf("partner %s key %d port %d, want %+v and port 1", member.GetPartnerId(), member.GetPartnerKey(), member.GetPartnerPortNum(), partner)
	case member.GetCounters().GetLacpInPkts() == 0 || member.GetLastChange() == 0:
		t.Errorf("counters %+v, last change %d, want some", member.GetCounters(), member.GetLastChange())
	}
	if id := device.GetInterface("eth1").GetEthernet().GetAggregateId(); id != "bond0" {
		t.Errorf("eth1 is in aggregate %q, want bond0", id)
	}
	for name, want := range map[string]exampleoc.E_IfAggregate_AggregationType{
		"bond0": exampleoc.IfAggregate_AggregationType_LACP, "bond1": exampleoc.IfAggregate_AggregationType_STATIC,
	} {
		a := device.GetInterface(name).GetAggregation()
		if a.GetLagType() != want || len(a.Member) != 3 {
			t.Errorf("%s: type %v with members %v, want %v with 3", name, a.GetLagType(), a.Member, want)
		}
	}
}

// TestUnknownLeavesAreRefused shows that the check above can fail.
func TestUnknownLeavesAreRefused(t *testing.T) {
	tree := printed(t, viewtest.Status(t))
	tree["openconfig-lacp:lacp"].(map[string]any)["colour"] = "blue"
	if _, err := unmarshal(t, tree); err == nil {
		t.Error("a leaf that no model has was taken")
	}
	tree = printed(t, viewtest.Status(t))
	tree["openconfig-lacp:lacp"].(map[string]any)["interfaces"].(map[string]any)["interface"].([]any)[0].(map[string]any)["config"].(map[string]any)["interval"] = "NOW"
	if _, err := unmarshal(t, tree); err == nil {
		t.Error("a value that the model does not have was taken")
	}
}
