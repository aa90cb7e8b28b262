package metrics

import (
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// portMetric is a metric of the members of bonds.
type portMetric struct {
	desc     *prometheus.Desc
	kind     prometheus.ValueType
	onlyLACP bool
	values   func(p *view.Member, put func(v float64, labels ...string))
}

func portDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"bond", "port"}, labels...), nil)
}

// portCounter is a counter without further labels.
func portCounter(name, help string, onlyLACP bool, value func(c *view.Counters) uint64) portMetric {
	return portMetric{portDesc(name, help), prometheus.CounterValue, onlyLACP,
		func(p *view.Member, put func(float64, ...string)) { put(float64(value(&p.Counters))) }}
}

func portGauge(name, help string, value func(p *view.Member) float64) portMetric {
	return portMetric{portDesc(name, help), prometheus.GaugeValue, false,
		func(p *view.Member, put func(float64, ...string)) { put(value(p)) }}
}

var portMetrics = slices.Concat(dataMetrics, lacpMetrics)

var dataMetrics = []portMetric{
	portGauge("bond_port_link_up", "Whether the member's link is up.", func(p *view.Member) float64 { return one(p.Link.Up) }),
	portGauge("bond_port_carries_data", "Whether data is sent on the member.", func(p *view.Member) float64 { return one(p.CarriesData) }),
	portGauge("bond_port_speed_bytes_per_second", "Speed of the member's link in octets, 0 if unknown.", func(p *view.Member) float64 { return float64(p.Link.SpeedMbps) * 1e6 / 8 }),
	{
		portDesc("bond_port_reason_info", "Why the member carries data or not.", "reason", "severity"), prometheus.GaugeValue, false,
		func(p *view.Member, put func(float64, ...string)) { put(1, p.Reason.Code, p.Reason.Severity) },
	},
	portCounter("bond_port_link_failures_total", "Times the member's link went down.", false, func(c *view.Counters) uint64 { return c.LinkFailures }),
	portCounter("bond_port_received_bytes_total", "Octets of the data frames received on the member.", false, func(c *view.Counters) uint64 { return c.RxOctets }),
	portCounter("bond_port_sent_bytes_total", "Octets of the data frames sent on the member.", false, func(c *view.Counters) uint64 { return c.TxOctets }),
	portCounter("bond_port_received_frames_total", "Data frames received on the member.", false, func(c *view.Counters) uint64 { return c.RxFrames }),
	portCounter("bond_port_sent_frames_total", "Data frames sent on the member.", false, func(c *view.Counters) uint64 { return c.TxFrames }),
	portCounter("bond_port_send_errors_total", "Data frames that the member's interface refused.", false, func(c *view.Counters) uint64 { return c.TxErrors }),
	portCounter("bond_port_kernel_drops_total", "Frames that the kernel dropped because they were not read in time.", false, func(c *view.Counters) uint64 { return c.KernelDrops }),
}

var lacpMetrics = []portMetric{
	{
		portDesc("lacp_port_info", "The partner of the port.", "partner_system", "partner_system_priority", "partner_key", "partner_port"), prometheus.GaugeValue, true,
		func(p *view.Member, put func(float64, ...string)) {
			e := &p.Partner
			if e.System != (lacp.MAC{}) {
				put(1, e.System.String(), text(e.SystemPriority), text(e.Key), text(e.Port))
			}
		},
	},
	{
		portDesc("lacp_port_state", "The flags of the port's own state, as its LACPDUs show it.", "flag"), prometheus.GaugeValue, true,
		func(p *view.Member, put func(float64, ...string)) {
			for _, flag := range lacp.State(0xff).Flags() {
				put(one(slices.Contains(p.Actor.Flags, flag)), flag)
			}
		},
	},
	{
		portDesc("lacp_port_mux_state", "The state of the port's Mux machine.", "state"), prometheus.GaugeValue, true,
		func(p *view.Member, put func(float64, ...string)) {
			for s := lacp.MuxDetached; s <= lacp.MuxDistributing; s++ {
				put(one(p.Mux == s.String()), s.String())
			}
		},
	},
	{
		portDesc("lacp_last_received_timestamp_seconds", "When the last LACPDU was received."), prometheus.GaugeValue, true,
		func(p *view.Member, put func(float64, ...string)) {
			if p.LastRx != nil {
				put(float64(p.LastRx.UnixNano()) / 1e9)
			}
		},
	},
	{
		portDesc("lacp_pdus_received_total", "Valid frames received of LACP and of the Marker protocol.", "type"), prometheus.CounterValue, true,
		func(p *view.Member, put func(float64, ...string)) {
			put(float64(p.Counters.LACPDUsRx), "lacpdu")
			put(float64(p.Counters.MarkersRx), "marker")
			put(float64(p.Counters.MarkerResponses), "marker_response")
		},
	},
	{
		portDesc("lacp_pdus_sent_total", "Frames sent of LACP and of the Marker protocol.", "type"), prometheus.CounterValue, true,
		func(p *view.Member, put func(float64, ...string)) {
			put(float64(p.Counters.LACPDUsTx), "lacpdu")
			put(float64(p.Counters.MarkerAnswersTx), "marker_response")
		},
	},
	{
		portDesc("lacp_churned_total", "Times an end failed to get in sync for a minute.", "side"), prometheus.CounterValue, true,
		func(p *view.Member, put func(float64, ...string)) {
			put(float64(p.Counters.ActorChurns), "actor")
			put(float64(p.Counters.PartnerChurns), "partner")
		},
	},
	portCounter("lacp_illegal_pdus_total", "Malformed frames of the slow protocols received.", true, func(c *view.Counters) uint64 { return c.IllegalRx }),
	portCounter("lacp_unknown_pdus_total", "Frames received of other slow protocols, or to a wrong address.", true, func(c *view.Counters) uint64 { return c.UnknownRx }),
	portCounter("lacp_looped_pdus_total", "LACPDUs of this port that came back to it.", true, func(c *view.Counters) uint64 { return c.LoopedRx }),
	portCounter("lacp_send_errors_total", "LACPDUs that could not be sent.", true, func(c *view.Counters) uint64 { return c.LACPDUTxErrors }),
	portCounter("lacp_timeouts_total", "Times the partner fell silent.", true, func(c *view.Counters) uint64 { return c.Timeouts }),
	portCounter("lacp_flaps_total", "Times the port stopped carrying data because of its link or its partner.", true, func(c *view.Counters) uint64 { return c.Flaps }),
	portCounter("lacp_marker_replies_suppressed_total", "Markers that were not answered because there were too many.", true, func(c *view.Counters) uint64 { return c.MarkersIgnored }),
}

func text[N ~uint16](n N) string { return strconv.Itoa(int(n)) }
