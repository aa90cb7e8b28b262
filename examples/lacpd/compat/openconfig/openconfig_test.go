// Package openconfig reads what lacpd prints into structs generated from the OpenConfig models.
package openconfig

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/openconfig/ygot/exampleoc"

	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

func TestOutputIsValidByTheModels(t *testing.T) {
	s := viewtest.Status(t)
	var out bytes.Buffer
	if err := render.OpenConfig(&out, s); err != nil {
		t.Fatal(err)
	}
	var device exampleoc.Device
	if err := exampleoc.Unmarshal(out.Bytes(), &device); err != nil { // refuses unknown leaves
		t.Fatalf("%v:\n%s", err, &out)
	}
	if err := device.Validate(); err != nil {
		t.Errorf("%v:\n%s", err, &out)
	}
	lag := device.GetLacp().GetInterface("bond0")
	member := lag.GetMember("eth1")
	partner := s.Bonds[0].Partner
	switch {
	case member == nil:
		t.Fatalf("bond0 has no member eth1:\n%s", &out)
	case lag.GetInterval() != exampleoc.Lacp_LacpPeriodType_FAST || lag.GetLacpMode() != exampleoc.Lacp_LacpActivityType_ACTIVE:
		t.Errorf("interval %v and mode %v, want fast and active", lag.GetInterval(), lag.GetLacpMode())
	case !member.GetDistributing() || member.GetSynchronization() != exampleoc.Lacp_LacpSynchronizationType_IN_SYNC:
		t.Errorf("member %+v, want one in sync that distributes", member)
	case member.GetPartnerId() != partner.System.String() || member.GetPartnerKey() != uint16(partner.Key) || member.GetPartnerPortNum() != 1:
		t.Errorf("partner %s key %d port %d, want %+v and port 1", member.GetPartnerId(), member.GetPartnerKey(), member.GetPartnerPortNum(), partner)
	case member.GetCounters().GetLacpInPkts() == 0 || member.GetLastChange() == 0:
		t.Errorf("counters %+v, last change %d, want some", member.GetCounters(), member.GetLastChange())
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
	var out bytes.Buffer
	if err := render.OpenConfig(&out, viewtest.Status(t)); err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(out.Bytes(), &tree); err != nil {
		t.Fatal(err)
	}
	tree["openconfig-lacp:lacp"].(map[string]any)["colour"] = "blue"
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	if err := exampleoc.Unmarshal(raw, new(exampleoc.Device)); err == nil {
		t.Error("a leaf that no model has was taken")
	}
}
