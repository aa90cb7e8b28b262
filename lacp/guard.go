package lacp

// guards holds all guards and causes of transitions. A history keeps indexes into
// it. The first element stands for a guard that is missing here.
var guards = [...]string{
	"other",
	"UCT",
	"BEGIN",
	"port_enabled = FALSE",
	"port_enabled = FALSE AND port_moved = FALSE",
	"port_moved = TRUE",
	"port_enabled = TRUE AND LACP_Enabled = TRUE",
	"port_enabled = TRUE AND LACP_Enabled = FALSE",
	"LACP_Enabled = TRUE",
	"LACP_Enabled = FALSE",
	"LACPDU received",
	"current_while_timer expired",
	"both ends are Passive",
	"periodic_timer expired",
	"Partner_Oper_Port_State.LACP_Timeout = Long Timeout",
	"Partner_Oper_Port_State.LACP_Timeout = Short Timeout",
	"Selected = SELECTED",
	"Selected = STANDBY",
	"Selected = UNSELECTED",
	"Selected = SELECTED AND Ready = TRUE",
	"Selected = SELECTED AND Partner.Synchronization = TRUE",
	"Selected = SELECTED AND Partner.Synchronization = TRUE AND Partner.Collecting = TRUE",
	"Partner.Synchronization = FALSE",
	"Partner.Collecting = FALSE",
	"churn_timer expired",
	"Synchronization = TRUE",
	"Synchronization = FALSE",
	"the LAG's aggregator",
	"its own aggregator",
	"the first free aggregator",
	"a free aggregator",
	"Receive machine INITIALIZE",
	"Receive machine LACP_DISABLED",
	"no partner",
	"update_Selected: the partner's identity changed",
	"update_Default_Selected: Partner_Admin differs from the partner",
	"Actor_Oper_Port_Key changed",
	"Actor_Oper_Port_State.Aggregation changed",
	"the port identifier of an Individual link changed",
	"Mux control changed",
	"Actor_System changed",
	"port removed",
	whyHeld,
	whyRestored,
	whyFallbackEnds,
	whyFallback,
	whyWithinLimit,
	whyLimit,
	whyGate,
	whyDrain,
	whyDampened,
	whyWaitToRestore,
}

// The causes that no figure of the standard has.
const (
	whyHeld          = "held out of Distributing"
	whyRestored      = "restored"
	whyFallback      = "fallback"
	whyFallbackEnds  = "fallback ends"
	whyWithinLimit   = "within the limit of links"
	whyLimit         = "beyond the limit of links"
	whyGate          = "held out of Synchronization"
	whyDrain         = "drained"
	whyDampened      = "dampened"
	whyWaitToRestore = "wait to restore"
)

var guardIndex = func() map[string]uint8 {
	m := make(map[string]uint8, len(guards))
	for i, g := range guards {
		m[g] = uint8(i)
	}
	return m
}()
