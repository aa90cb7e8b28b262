package render

import (
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// OpenConfig prints the bonds that run, and their members, by the models openconfig-interfaces,
// openconfig-if-aggregate and openconfig-lacp, as JSON of RFC 7951. Bonds without LACP have an
// aggregation of lag-type STATIC.
func OpenConfig(w io.Writer, s *view.Status) error {
	lags, interfaces := []ocLAG{}, []ocInterface{}
	for i := range s.Bonds {
		b := &s.Bonds[i]
		if !b.Running {
			continue
		}
		interfaces = append(interfaces, openInterface(b))
		for j := range b.Members {
			// The models have each interface once.
			port := openPort(b, &b.Members[j])
			if !slices.ContainsFunc(interfaces, func(i ocInterface) bool { return i.Name == port.Name }) {
				interfaces = append(interfaces, port)
			}
		}
		if isLACP(b) {
			lags = append(lags, openLAG(b))
		}
	}
	root := map[string]any{
		"openconfig-interfaces:interfaces": map[string]any{"interface": interfaces},
		"openconfig-lacp:lacp":             map[string]any{"interfaces": map[string]any{"interface": lags}},
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(root)
}

// The types below have the names of the models. A number of 64 bits is a string in RFC 7951.
type (
	ocInterface struct {
		Name        string           `json:"name"`
		Config      ocName           `json:"config"`
		State       ocInterfaceState `json:"state"`
		Aggregation *ocAggregation   `json:"openconfig-if-aggregate:aggregation,omitempty"` // of a bond
		Ethernet    *ocEthernet      `json:"openconfig-if-ethernet:ethernet,omitempty"`     // of a member
	}
	ocInterfaceState struct {
		ocName
		OperStatus string `json:"oper-status"`
	}
	ocEthernet struct {
		Config ocAggregateID `json:"config"`
	}
	ocAggregateID struct {
		ID string `json:"openconfig-if-aggregate:aggregate-id"`
	}
	ocName struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		MTU         int    `json:"mtu,omitempty"`
		Description string `json:"description,omitempty"`
	}
	ocAggregation struct {
		Config ocLAGConfig `json:"config"`
		State  ocLAGState  `json:"state"`
	}
	ocLAGConfig struct {
		Type     string `json:"lag-type"`
		MinLinks int    `json:"min-links"`
	}
	ocLAGState struct {
		ocLAGConfig
		Speed  uint32   `json:"lag-speed"`
		Member []string `json:"member"`
	}

	ocLAG struct {
		Name    string      `json:"name"`
		Config  ocLAGLeaves `json:"config"`
		State   ocLAGLeaves `json:"state"`
		Members struct {
			Member []ocMember `json:"member"`
		} `json:"members"`
	}
	ocLAGLeaves struct {
		Name           string `json:"name"`
		Interval       string `json:"interval"`
		Mode           string `json:"lacp-mode"`
		SystemID       string `json:"system-id-mac"`
		SystemPriority uint16 `json:"system-priority"`
	}

	ocMember struct {
		Interface string `json:"interface"`
		Config    struct {
			Interface string `json:"interface"`
		} `json:"config"`
		State ocMemberState `json:"state"`
	}
	ocMemberState struct {
		Interface           string     `json:"interface"`
		Activity            string     `json:"activity"`
		Timeout             string     `json:"timeout"`
		Synchronization     string     `json:"synchronization"`
		Aggregatable        bool       `json:"aggregatable"`
		Collecting          bool       `json:"collecting"`
		Distributing        bool       `json:"distributing"`
		SystemID            string     `json:"system-id"`
		OperKey             uint16     `json:"oper-key"`
		PartnerID           string     `json:"partner-id"`
		PartnerKey          uint16     `json:"partner-key"`
		PortNum             uint16     `json:"port-num"`
		PartnerPortNum      uint16     `json:"partner-port-num"`
		PartnerPortPriority uint16     `json:"partner-port-priority"`
		LastChange          string     `json:"last-change"` // nanoseconds since 1970
		Counters            ocCounters `json:"counters"`
	}
	ocCounters struct {
		InPkts        string `json:"lacp-in-pkts"`
		OutPkts       string `json:"lacp-out-pkts"`
		RxErrors      string `json:"lacp-rx-errors"`
		TxErrors      string `json:"lacp-tx-errors"`
		UnknownErrors string `json:"lacp-unknown-errors"`
		Errors        string `json:"lacp-errors"`
		Timeouts      string `json:"lacp-timeout-transitions"`
	}
)

func openInterface(b *view.Bond) ocInterface {
	config := ocLAGConfig{Type: "STATIC", MinLinks: b.MinLinks}
	if isLACP(b) {
		config.Type = "LACP"
	}
	state := ocLAGState{ocLAGConfig: config, Speed: b.SpeedMbps, Member: []string{}}
	for i := range b.Members {
		state.Member = append(state.Member, adminName(&b.Members[i]))
	}
	name := ocName{Name: b.Name, Type: "iana-if-type:ieee8023adLag", MTU: b.MTU, Description: b.Settings.Description}
	return ocInterface{Name: b.Name, Config: name, State: ocInterfaceState{name, strings.ToUpper(upDown(b.Up))}, Aggregation: &ocAggregation{config, state}}
}

// openPort returns a member as an interface.
func openPort(b *view.Bond, m *view.Member) ocInterface {
	name := ocName{Name: adminName(m), Type: "iana-if-type:ethernetCsmacd", MTU: m.Link.MTU}
	return ocInterface{Name: name.Name, Config: name, State: ocInterfaceState{name, strings.ToUpper(upDown(m.Link.Up))},
		Ethernet: &ocEthernet{ocAggregateID{b.Name}}}
}

func openLAG(b *view.Bond) ocLAG {
	leaves := ocLAGLeaves{Name: b.Name, Interval: b.Rate, Mode: "PASSIVE", SystemID: b.System.String(), SystemPriority: b.SystemPriority}
	if b.Active {
		leaves.Mode = "ACTIVE"
	}
	lag := ocLAG{Name: b.Name, Config: leaves, State: leaves}
	lag.Members.Member = []ocMember{}
	for i := range b.Members {
		m := &b.Members[i]
		member := ocMember{Interface: adminName(m), State: openMember(m)}
		member.Config.Interface = member.Interface
		lag.Members.Member = append(lag.Members.Member, member)
	}
	return lag
}

func openMember(m *view.Member) ocMemberState {
	has := func(flag string) bool { return slices.Contains(m.Actor.Flags, flag) }
	st := ocMemberState{
		Interface: adminName(m), Activity: "PASSIVE", Timeout: "LONG", Synchronization: "OUT_SYNC",
		Aggregatable: has("Aggregation"), Collecting: has("Collecting"), Distributing: has("Distributing"),
		SystemID: m.Actor.System.String(), OperKey: uint16(m.Actor.Key), PortNum: uint16(m.Actor.Port),
		PartnerID: m.Partner.System.String(), PartnerKey: uint16(m.Partner.Key),
		PartnerPortNum: uint16(m.Partner.Port), PartnerPortPriority: m.Partner.PortPriority,
		LastChange: strconv.FormatInt(max(0, m.Reason.Since.UnixNano()), 10), Counters: openCounters(&m.Counters),
	}
	if has("Activity") {
		st.Activity = "ACTIVE"
	}
	if has("Timeout") {
		st.Timeout = "SHORT"
	}
	if has("Synchronization") {
		st.Synchronization = "IN_SYNC"
	}
	return st
}

func openCounters(c *view.Counters) ocCounters {
	text := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return ocCounters{
		InPkts: text(c.LACPDUsRx), OutPkts: text(c.LACPDUsTx), RxErrors: text(c.IllegalRx), TxErrors: text(c.LACPDUTxErrors),
		UnknownErrors: text(c.UnknownRx), Errors: text(c.IllegalRx + c.UnknownRx + c.LACPDUTxErrors), Timeouts: text(c.Timeouts),
	}
}
