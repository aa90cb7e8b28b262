package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// checkSection refuses a section that contradicts itself.
func (r *reader) checkSection(c *Chassis) {
	decided := []string{"heartbeat", "peers", "heartbeat_secret", storePrefix + "etcd"}
	for i := range chassisOptions {
		key := chassisOptions[i].key
		needed := slices.Contains(decided, key)
		switch {
		case c.External && c.has(key) && (needed || strings.HasPrefix(key, storePrefix)):
			r.problems.Refuse(c.KeyAt(key), key, "set", "nothing, because of external true: the box's own engine decides")
		case !c.External && needed && !c.has(key):
			r.problems.Refuse(c.at.section, key, "missing", "a group has "+strings.Join(decided, ", ")+", or external: true")
		}
	}
	if c.External && c.Number == 0 {
		r.problems.Refuse(c.KeyAt("number"), "number", "missing", "1 to 15, because of external true: there is no store that gives one")
	}
	if len(c.Store.Etcd) > 0 && noEtcd != "" {
		r.problems.Refuse(c.KeyAt(storePrefix+"etcd"), storePrefix+"etcd", quoted(c.Store.Etcd[0]), "nothing: "+noEtcd)
	}
	r.checkPaths(c)
	r.checkTLS(c)
}

// checkPaths refuses addresses of other chassis that no own one can reach.
func (r *reader) checkPaths(c *Chassis) {
	at := c.KeyAt("peers")
	if _, ok := c.Peers[c.Name]; ok {
		r.problems.Refuse(at, "peers", quoted(c.Name), "the other boxes, not this one")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Peers)) {
		theirs := c.Peers[name]
		if len(theirs) != len(c.Heartbeat) && len(c.Heartbeat) > 0 {
			r.problems.Refuse(at, "peers", quoted(name)+" with "+strconv.Itoa(len(theirs))+" addresses", "as many addresses as heartbeat has, "+strconv.Itoa(len(c.Heartbeat)))
			continue
		}
		for i, a := range theirs {
			if i < len(c.Heartbeat) && a.Addr().Is4() != c.Heartbeat[i].Addr().Is4() {
				r.problems.Refuse(at, "peers", a.Addr().String()+" of "+quoted(name), "an address of the family of "+c.Heartbeat[i].Addr().String()+" in heartbeat")
			}
		}
	}
}

// checkTLS refuses settings of TLS that do not fit together.
func (r *reader) checkTLS(c *Chassis) {
	s := &c.Store
	secure := 0
	for _, u := range s.Etcd {
		if strings.HasPrefix(u, "https:") {
			secure++
		}
	}
	key := storePrefix + "etcd"
	if secure > 0 && secure < len(s.Etcd) {
		r.problems.Refuse(c.KeyAt(key), key, "https and http", "one of them for all members")
	}
	for _, f := range []struct{ key, value, other, others string }{{"cert", s.Cert, "key", s.Key}, {"key", s.Key, "cert", s.Cert}} {
		if f.value != "" && f.others == "" {
			r.problems.Refuse(c.KeyAt(storePrefix+f.key), storePrefix+f.key, quoted(f.value), "only together with "+storePrefix+f.other)
		}
	}
	for _, f := range []struct{ key, value string }{{"ca", s.CA}, {"cert", s.Cert}, {"key", s.Key}} {
		if f.value != "" && secure == 0 && len(s.Etcd) > 0 {
			r.problems.Refuse(c.KeyAt(storePrefix+f.key), storePrefix+f.key, quoted(f.value), "only with URLs that begin with https")
		}
	}
	if secure == 0 && len(s.Etcd) > 0 {
		r.problems.Warn(c.KeyAt(key), key, quoted(s.Etcd[0]), "without TLS and client certificates, whoever reaches etcd can take the LAGs")
	}
}

// checkLAGs refuses LAGs that the group or another bond rules out.
func (r *reader) checkLAGs(bonds []Bond, c *Chassis) {
	names, keys := make(map[string]Position), make(map[lacp.Key]*Bond)
	for i := range bonds {
		b := &bonds[i]
		r.checkLAG(b, c)
		if b.LAG.Name == "" {
			continue
		}
		at := b.KeyAt("lag")
		if before, ok := names[b.LAG.Name]; ok {
			r.problems.Refuse(at, "lag", b.LAG.Name, "each LAG once, it is that of line "+strconv.Itoa(before.Line))
			continue
		}
		names[b.LAG.Name] = at
		key := max(b.More.Key, 1)
		if other := keys[key]; other != nil {
			if b.KeyAt("lacp_key") != (Position{}) {
				at = b.KeyAt("lacp_key")
			}
			r.problems.Refuse(at, "lacp_key", strconv.Itoa(int(key)), "another one than "+other.Name+" has: all LAGs of a group share their system_mac")
		}
		keys[key] = b
	}
	if c != nil && len(names) == 0 {
		r.problems.Warn(c.at.section, sectionKey, "without effect", "no bond has a lag")
	}
}

// decidedKeys are the keys of a bond that only the group's own decision uses.
var decidedKeys = []string{"lag_prefer", "lag_restore_delay", "lag_ready", "on_isolation"}

// checkLAG refuses settings of one LAG that do not fit together.
func (r *reader) checkLAG(b *Bond, c *Chassis) {
	if b.Watch == WatchOn && (b.DataPlane == PlaneEBPF || b.DataPlane == PlaneTeam) && b.LAG.Name == "" {
		r.problems.Warn(b.KeyAt("watchdog"), "watchdog", "true", "data_plane "+b.DataPlane+" would go on with the frames if lacpd dies; the watchdog ends that")
	}
	l := &b.LAG
	refuse := func(key, value, allowed string) { r.problems.Refuse(b.KeyAt(key), key, value, allowed) }
	given := func(key string) bool { return b.KeyAt(key) != (Position{}) }
	if l.Name == "" {
		for _, key := range append([]string{"lag_mode"}, decidedKeys...) {
			if given(key) {
				refuse(key, "set", "only together with lag")
			}
		}
		return
	}
	if c == nil {
		refuse("lag", l.Name, "a LAG of the group that the section chassis describes; the file has none")
		return
	}
	if b.Mode != bond.ModeLACP {
		refuse("lag", l.Name, "only with protocol LACP, because of protocol "+b.Mode.String()+": only LACP can hold a partner back")
	}
	if given("port_base") {
		refuse("port_base", strconv.Itoa(int(b.More.PortBase)), "nothing, because of lag "+l.Name+": the number of the box gives it")
	}
	if c.External && b.More.SystemAddr == nil {
		refuse("lag", l.Name, "only together with system_mac, because of external true: there is no store that keeps one")
	}
	for _, key := range decidedKeys {
		switch {
		case given(key) && l.All:
			refuse(key, "set", "only with lag_mode STANDBY")
		case given(key) && c.External:
			refuse(key, "set", "nothing, because of external true: the box's own engine decides")
		}
	}
	r.checkRole(b, c)
}

// checkRole refuses settings of a LAG's role, and warns of dangerous ones.
func (r *reader) checkRole(b *Bond, c *Chassis) {
	l := &b.LAG
	_, known := c.Peers[l.Prefer]
	switch {
	case l.Prefer != "" && l.Prefer != c.Name && !known:
		names := append([]string{c.Name}, slices.Sorted(maps.Keys(c.Peers))...)
		r.problems.Refuse(b.KeyAt("lag_prefer"), "lag_prefer", quoted(l.Prefer), "a box of the group: "+anyOf(names))
	case l.Prefer == "" && b.KeyAt("lag_restore_delay") != (Position{}):
		r.problems.Refuse(b.KeyAt("lag_restore_delay"), "lag_restore_delay", l.RestoreDelay.String(), "only together with lag_prefer")
	}
	if l.All && b.LACP.Fallback != lacp.FallbackNone {
		r.problems.Refuse(b.KeyAt("lacp_fallback"), "lacp_fallback", b.LACP.Fallback.String(), "none, because of lag_mode ALL: each box would fall back by itself")
	}
	if l.HoldIsolated {
		r.problems.Warn(b.KeyAt("on_isolation"), "on_isolation", "HOLD", "two boxes may carry the LAG at the same time unless something else ends the other one first")
	}
	if b.Watch == WatchOff && l.NeedsPermission() {
		r.problems.Warn(b.KeyAt("watchdog"), "watchdog", "false", "if lacpd dies here, the partner goes on sending to this box for 3 or 90 s")
	}
}
