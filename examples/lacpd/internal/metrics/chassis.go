package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// groupMetric is a metric of this box's part in a group of boxes.
type groupMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(c *view.Chassis) (v float64, ok bool)
}

func groupGauge(name, help string, value func(c *view.Chassis) (float64, bool)) groupMetric {
	return groupMetric{groupDesc(name, help), prometheus.GaugeValue, value}
}

func groupDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, []string{"group", "chassis"}, nil)
}

var groupMetrics = []groupMetric{
	groupGauge("chassis_joined", "Whether this box has joined the group.", func(c *view.Chassis) (float64, bool) { return one(c.Joined), true }),
	groupGauge("chassis_store_contact_age_seconds", "How long ago the last transaction began that the store has answered.", func(c *view.Chassis) (float64, bool) {
		if c.Store == nil || c.Store.Contact == nil {
			return 0, false
		}
		return float64(*c.Store.Contact) / 1000, true
	}),
	groupGauge("chassis_store_latency_seconds", "How long the store took for that transaction.", func(c *view.Chassis) (float64, bool) {
		if c.Store == nil || c.Store.Contact == nil {
			return 0, false
		}
		return float64(c.Store.Latency) / 1e6, true
	}),
	{groupDesc("chassis_store_errors_total", "Transactions that the store did not answer."), prometheus.CounterValue, func(c *view.Chassis) (float64, bool) {
		if c.Store == nil {
			return 0, false
		}
		return float64(c.Store.Errors), true
	}},
}

func collectGroup(ch chan<- prometheus.Metric, c *view.Chassis) {
	for i := range groupMetrics {
		m := &groupMetrics[i]
		if v, ok := m.value(c); ok {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, v, c.Group, c.Name)
		}
	}
}
