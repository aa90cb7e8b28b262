package sim

import (
	"fmt"

	"github.com/lagkit/lagkit/lacp"
)

// show writes a port's status, reason or counters.
func (s *script) show(what string, p *Port) {
	st := p.Status()
	switch what {
	case "reasons":
		s.printf("%v %v [%v] since %v", p, st.Reason, st.Reason.Code.Severity(), st.Reason.Since.Sub(Epoch))
	case "counters":
		s.printf("%v %+v", p, st.Counters)
	default:
		s.printf("%v %v %v %v %v, aggregator %d, churn %v %v", p, st.Receive, st.Periodic, st.Selected, st.Mux,
			st.SelectedAggregator, st.ActorChurn, st.PartnerChurn)
		s.printf("    actor   %s %v", info(&st.Actor), st.Actor.State)
		s.printf("    partner %s %v", info(&st.Partner), st.Partner.State)
	}
}

// info writes one end of a link: System, key, port and state.
func info(i *lacp.Info) string {
	return fmt.Sprintf("%v,%04x,%v %02x", i.System, uint16(i.Key), i.Port, uint8(i.State))
}
