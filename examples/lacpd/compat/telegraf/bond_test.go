// Package telegraf has telegraf's bond input read what lacpd prints for it.
package telegraf

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/influxdata/telegraf/plugins/inputs/bond"
	"github.com/influxdata/telegraf/testutil"

	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

// gathered returns what the input makes of bonds, as lacpd status writes them to files.
func gathered(t *testing.T, s *view.Status) *testutil.Accumulator {
	t.Helper()
	dir := t.TempDir()
	proc, sys := filepath.Join(dir, "proc"), filepath.Join(dir, "sys")
	for _, name := range []string{filepath.Join(proc, "net/bonding"), sys} {
		if err := os.MkdirAll(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := render.Sysfs(sys, s); err != nil {
		t.Fatal(err)
	}
	for i := range s.Bonds {
		var out bytes.Buffer
		if err := render.Proc(&out, &view.Status{Bonds: s.Bonds[i : i+1]}); err != nil {
			t.Fatal(err)
		}
		if out.Len() == 0 { // it is not open
			continue
		}
		if err := os.WriteFile(filepath.Join(proc, "net/bonding", s.Bonds[i].Name), out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	input := bond.Bond{HostProc: proc, HostSys: sys, SysDetails: true}
	acc := new(testutil.Accumulator)
	if err := input.Gather(acc); err != nil {
		t.Fatal(err)
	}
	for _, err := range acc.Errors {
		t.Errorf("telegraf: %v", err)
	}
	return acc
}

func TestTelegrafReadsTheBonds(t *testing.T) {
	s := viewtest.Status(t)
	s.Bonds[0].Members[1].Counters.ActorChurns, s.Bonds[0].Members[1].Counters.PartnerChurns = 2, 3
	acc := gathered(t, s)
	type fields = map[string]any
	type tags = map[string]string
	for _, want := range []struct {
		measurement string
		fields      fields
		tags        tags
	}{
		{"bond", fields{"status": 1}, tags{"bond": "bond0"}},
		{"bond", fields{"status": 1, "active_slave": "eth2"}, tags{"bond": "bond1"}},
		{"bond", fields{"status": 1}, tags{"bond": "bond2"}},
		{"bond", fields{"status": 0}, tags{"bond": "bond3"}},
		{"bond_slave", fields{"count": 3}, tags{"bond": "bond0"}},
		{"bond_slave", fields{"status": 1, "failures": 0, "actor_churned": 0, "partner_churned": 0, "total_churned": 0}, tags{"bond": "bond0", "interface": "eth1"}},
		{"bond_slave", fields{"status": 1, "failures": 0, "actor_churned": 2, "partner_churned": 3, "total_churned": 5}, tags{"bond": "bond0", "interface": "eth2"}},
		{"bond_slave", fields{"status": 0, "failures": 1, "actor_churned": 0, "partner_churned": 0, "total_churned": 0}, tags{"bond": "bond0", "interface": "eth3"}},
		{"bond_slave", fields{"status": 0, "failures": 1}, tags{"bond": "bond1", "interface": "eth3"}},
		{"bond_sys", fields{"slave_count": 3, "ad_port_count": 3}, tags{"bond": "bond0", "mode": "802.3ad"}},
		{"bond_sys", fields{"slave_count": 3, "ad_port_count": 3}, tags{"bond": "bond1", "mode": "active-backup"}},
	} {
		acc.AssertContainsTaggedFields(t, want.measurement, want.fields, want.tags)
	}
}
