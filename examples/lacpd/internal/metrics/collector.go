// Package metrics has the status of lacpd as metrics for Prometheus.
//
// Metrics of a port have the labels bond and port, which is the name of the member. Counters
// count since lacpd started and go on when a member leaves and returns: see view.Ledger. What
// has no value, such as the partner of a port without one, has no series.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// collector collects the metrics of a status, which it asks for each time.
type collector struct {
	status func() *view.Status
}

// Describe sends the descriptions of all metrics.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for i := range bondMetrics {
		ch <- bondMetrics[i].desc
	}
	for i := range portMetrics {
		ch <- portMetrics[i].desc
	}
	for i := range groupMetrics {
		ch <- groupMetrics[i].desc
	}
}

// Collect sends the metrics of the present status.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s := c.status()
	if s.Chassis != nil {
		collectGroup(ch, s.Chassis)
	}
	for i := range s.Bonds {
		b := &s.Bonds[i]
		for j := range bondMetrics {
			m := &bondMetrics[j]
			m.values(b, func(v float64, labels ...string) {
				ch <- prometheus.MustNewConstMetric(m.desc, m.kind, v, append([]string{b.Name}, labels...)...)
			})
		}
		for j := range b.Members {
			collectPort(ch, b, &b.Members[j])
		}
	}
}

func collectPort(ch chan<- prometheus.Metric, b *view.Bond, p *view.Member) {
	for i := range portMetrics {
		m := &portMetrics[i]
		if m.onlyLACP && b.Mode != lacpMode {
			continue
		}
		m.values(p, func(v float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, v, append([]string{b.Name, p.Name}, labels...)...)
		})
	}
}
