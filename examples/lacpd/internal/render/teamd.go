package render

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// Teamd prints one bond as teamd's state dump. index returns the index of an interface; 0 if it
// has none. What teamd has and lacpd has not, such as the process behind a team, is left out.
func Teamd(w io.Writer, b *view.Bond, index func(name string) int) error {
	runner := map[string]any{}
	if isLACP(b) {
		runner = map[string]any{
			"active": b.Active, "fast_rate": b.Rate == "FAST", "select_policy": teamSelect(b), "sys_prio": b.SystemPriority,
		}
	}
	if b.Mode == bond.ModeFailover.String() {
		runner["active_port"] = b.ActiveMember
	}
	ports := make(map[string]any, len(b.Members))
	for i := range b.Members {
		m := &b.Members[i]
		ports[adminName(m)] = teamPort(b, m, index)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "    ")
	return e.Encode(map[string]any{
		"setup": map[string]any{
			"runner_name": teamRunner(b), "kernel_team_mode_name": teamMode(b),
			"daemonized": false, "dbus_enabled": false, "zmq_enabled": false, "debug_level": 0,
		},
		"runner":      runner,
		"team_device": map[string]any{"ifinfo": teamInterface(b.Device.Name, b.MAC, index)},
		"ports":       ports,
	})
}

func teamPort(b *view.Bond, m *view.Member, index func(string) int) map[string]any {
	port := map[string]any{
		"ifinfo": teamInterface(adminName(m), m.MAC, index),
		"link":   map[string]any{"up": m.Link.Up, "speed": m.Link.SpeedMbps, "duplex": m.Link.Duplex},
		"link_watches": map[string]any{"up": m.Link.Up, "list": map[string]any{"link_watch_0": map[string]any{
			"name": "ethtool", "up": m.Link.Up, "delay_up": b.Settings.UpDelay, "delay_down": b.Settings.DownDelay, "down_count": m.Counters.LinkFailures,
		}}},
	}
	if isLACP(b) {
		port["runner"] = map[string]any{
			"selected": m.Selected == "SELECTED", "state": teamState(m), "key": m.Actor.Key, "prio": m.Actor.PortPriority,
			"aggregator":          map[string]any{"id": m.Aggregator, "selected": b.Aggregator != nil && m.Aggregator == b.Aggregator.ID},
			"actor_lacpdu_info":   teamEnd(&m.Actor),
			"partner_lacpdu_info": teamEnd(&m.Partner),
		}
	}
	return port
}

func teamInterface(name, mac string, index func(string) int) map[string]any {
	return map[string]any{"ifname": name, "ifindex": index(name), "dev_addr": mac, "dev_addr_len": 6}
}

func teamEnd(e *view.End) map[string]any {
	return map[string]any{
		"system_priority": e.SystemPriority, "system": e.System, "key": e.Key,
		"port_priority": e.PortPriority, "port": e.Port, "state": stateOctet(e),
	}
}

// teamState returns teamd's name of the state of the Receive machine.
func teamState(m *view.Member) string {
	switch s := strings.ToLower(m.Receive); s {
	case "current", "expired", "defaulted":
		return s
	}
	return "disabled"
}

// teamRunner returns the runner of teamd that does what the bond's mode does.
func teamRunner(b *view.Bond) string {
	switch b.Mode {
	case bond.ModeLACP.String():
		return "lacp"
	case bond.ModeFailover.String():
		return "activebackup"
	case bond.ModeLoadBalance.String(), bond.ModeSLB.String():
		return "loadbalance"
	}
	return strings.ToLower(b.Mode) // roundrobin, random, broadcast
}

// teamMode returns the mode of the kernel's team driver that the runner uses.
func teamMode(b *view.Bond) string {
	if isLACP(b) {
		return "loadbalance"
	}
	return teamRunner(b)
}

// teamSelect returns teamd's policy that is nearest to ad_select.
func teamSelect(b *view.Bond) string {
	switch b.Settings.Select {
	case "bandwidth", "count":
		return b.Settings.Select
	case "port-priority":
		return "port_config"
	}
	return "lacp_prio_stable"
}
