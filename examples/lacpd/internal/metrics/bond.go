package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// lacpMode is the mode of the bonds whose ports have the metrics lacp_*.
var lacpMode = bond.ModeLACP.String()

// bondMetric is a metric of bonds.
type bondMetric struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	values func(b *view.Bond, put func(v float64, labels ...string))
}

func bondGauge(name, help string, value func(b *view.Bond) float64) bondMetric {
	return bondMetric{prometheus.NewDesc(name, help, []string{"bond"}, nil), prometheus.GaugeValue,
		func(b *view.Bond, put func(float64, ...string)) { put(value(b)) }}
}

var bondMetrics = append(ownMetrics, lagMetrics...)

// ownMetrics are metrics of all bonds.
var ownMetrics = []bondMetric{
	bondGauge("bond_running", "Whether the bond is open.", func(b *view.Bond) float64 { return one(b.Running) }),
	bondGauge("bond_up", "Whether the bond carries data.", func(b *view.Bond) float64 { return one(b.Up) }),
	bondGauge("bond_members", "Number of members of the bond, without missing ones.", func(b *view.Bond) float64 { return float64(len(b.Members)) }),
	bondGauge("bond_active_members", "Number of members that carry data.", func(b *view.Bond) float64 { return float64(b.Carrying()) }),
	bondGauge("bond_missing_members", "Number of configured ports that are not members.", func(b *view.Bond) float64 { return float64(len(b.Missing)) }),
	bondGauge("bond_min_links", "Number of members that have to be able to carry data.", func(b *view.Bond) float64 { return float64(b.MinLinks) }),
	bondGauge("bond_speed_bytes_per_second", "Sum of the speeds of the members in use in octets, 0 if unknown.", func(b *view.Bond) float64 { return float64(b.SpeedMbps) * 1e6 / 8 }),
	{
		prometheus.NewDesc("bond_mode_info", "The mode of the bond and what carries its frames.", []string{"bond", "mode", "data_plane"}, nil), prometheus.GaugeValue,
		func(b *view.Bond, put func(float64, ...string)) { put(1, b.Mode, b.DataPlane.Name) },
	},
	{
		prometheus.NewDesc("bond_dropped_frames_total", "Frames that the bond dropped, by cause.", []string{"bond", "cause"}, nil), prometheus.CounterValue,
		func(b *view.Bond, put func(float64, ...string)) {
			c := &b.Counters
			put(float64(c.TxNoMember), "tx_no_member")
			put(float64(c.TxTooLong), "tx_too_long")
			put(float64(c.TxInvalid), "tx_invalid")
			put(float64(c.TxHoldDropped), "tx_hold_dropped")
			put(float64(c.RxDropped), "rx_dropped")
			put(float64(c.RxMalformed), "rx_malformed")
			put(float64(c.RxOtherStation), "rx_other_station")
			put(float64(c.RxReflected), "rx_reflected")
		},
	},
}

// lagGauge is a metric of bonds that are part of a LAG of several boxes.
func lagGauge(name, help string, value func(l *view.LAG) float64) bondMetric {
	return lagMetric(name, help, prometheus.GaugeValue, value)
}

func lagCounter(name, help string, value func(c *view.LAGCounters) uint64) bondMetric {
	return lagMetric(name, help, prometheus.CounterValue, func(l *view.LAG) float64 { return float64(value(&l.Counters)) })
}

func lagMetric(name, help string, kind prometheus.ValueType, value func(l *view.LAG) float64) bondMetric {
	return bondMetric{prometheus.NewDesc(name, help, []string{"bond", "lag"}, nil), kind,
		func(b *view.Bond, put func(float64, ...string)) {
			if b.LAG != nil && b.LAG.Mode == view.ModeStandby {
				put(value(b.LAG), b.LAG.Name)
			}
		}}
}

// lagMetrics are metrics of LAGs that one of several boxes carries.
var lagMetrics = []bondMetric{
	lagGauge("bond_lag_active", "Whether this box carries the LAG.", func(l *view.LAG) float64 { return one(l.Role == view.RoleActive) }),
	lagGauge("bond_lag_able", "Whether this box carries the LAG or could take it over.", func(l *view.LAG) float64 { return one(l.Role != view.RoleNone) }),
	lagGauge("bond_lag_epoch", "Epoch of the box that carries the LAG, 0 if no box does.", func(l *view.LAG) float64 { return float64(l.Epoch) }),
	lagGauge("bond_lag_permission_seconds", "How long this box may still carry data without a new permission.", func(l *view.LAG) float64 { return float64(l.Left) / 1000 }),
	lagGauge("bond_lag_without_standby", "Whether this box carries the LAG and no other one could take it over.", func(l *view.LAG) float64 { return one(l.WithoutStandby()) }),
	lagGauge("bond_lag_differences", "Settings and facts that differ between this box and others.", func(l *view.LAG) float64 { return float64(len(l.Differences)) }),
	lagCounter("bond_lag_without_standby_seconds_total", "Time that this box carried the LAG while no other one could take it over.", func(c *view.LAGCounters) uint64 { return c.AloneSeconds }),
	lagCounter("bond_lag_vetoes_total", "Wrong suspicions of other boxes that this one has refuted.", func(c *view.LAGCounters) uint64 { return c.Vetoes }),
	{
		prometheus.NewDesc("bond_lag_takeovers_total", "Times this box began to carry the LAG, by cause.", []string{"bond", "lag", "cause"}, nil), prometheus.CounterValue,
		func(b *view.Bond, put func(float64, ...string)) {
			if b.LAG == nil || b.LAG.Mode != view.ModeStandby {
				return
			}
			c := &b.LAG.Counters
			put(float64(c.Vacant), b.LAG.Name, "vacant")
			put(float64(c.Silent), b.LAG.Name, "silent")
			put(float64(c.Gone), b.LAG.Name, "gone")
			put(float64(c.HandedOver), b.LAG.Name, "handover")
			put(float64(c.Restart), b.LAG.Name, "restart")
		},
	},
}

func one(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
