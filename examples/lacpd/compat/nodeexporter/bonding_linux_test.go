// Package nodeexporter has node_exporter's bonding collector read the files that lacpd writes for
// it.
package nodeexporter

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/node_exporter/collector"

	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

// bonding is node_exporter's collector as a registry wants one.
type bonding struct {
	t *testing.T
	collector.Collector
}

func (bonding) Describe(chan<- *prometheus.Desc) {}

func (b bonding) Collect(ch chan<- prometheus.Metric) {
	if err := b.Update(ch); err != nil {
		b.t.Error(err)
	}
}

func TestNodeExporterReadsTheBonds(t *testing.T) {
	dir := t.TempDir()
	if err := render.Sysfs(dir, viewtest.Status(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := kingpin.CommandLine.Parse([]string{"--path.sysfs=" + dir}); err != nil {
		t.Fatal(err)
	}
	c, err := collector.NewBondingCollector(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	// node_bonding_active counts the members whose link is up, as for bonds of the kernel.
	want := `# HELP node_bonding_active Number of active slaves per bonding interface.
# TYPE node_bonding_active gauge
node_bonding_active{master="bond0"} 2
node_bonding_active{master="bond1"} 2
node_bonding_active{master="bond2"} 2
node_bonding_active{master="bond3"} 2
# HELP node_bonding_slaves Number of configured slaves per bonding interface.
# TYPE node_bonding_slaves gauge
node_bonding_slaves{master="bond0"} 3
node_bonding_slaves{master="bond1"} 3
node_bonding_slaves{master="bond2"} 3
node_bonding_slaves{master="bond3"} 3
`
	if err := testutil.CollectAndCompare(bonding{t, c}, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
