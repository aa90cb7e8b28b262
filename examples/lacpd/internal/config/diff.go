package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/bond"
)

// Effect is what a changed key does to the traffic of a running bond.
type Effect string

// The effects, the mildest first.
const (
	EffectNone       Effect = "none"        // no frame is disturbed
	EffectFlows      Effect = "flows move"  // some flows move to other links, in order
	EffectInterrupts Effect = "interrupted" // all links leave the LAG and join again
	EffectLater      Effect = "later"       // nothing changes before the bond is opened again
)

// effects are the effects of keys other than EffectNone.
var effects = map[string]Effect{
	"protocol": EffectInterrupts, "system_mac": EffectInterrupts, "system_priority": EffectInterrupts, "port_base": EffectInterrupts,
	"aggregate_wait": EffectInterrupts, "admin_down": EffectInterrupts, "mtu": EffectInterrupts, "port_key": EffectInterrupts,
	"data_plane": EffectInterrupts, "mac": EffectInterrupts, "lacp_key": EffectInterrupts, "lag": EffectInterrupts, "lag_mode": EffectInterrupts,

	"xmit_hash_policy": EffectFlows, "min_links": EffectFlows, "min_links_down": EffectFlows, "min_bandwidth": EffectFlows, "max_links": EffectFlows,
	"ad_select": EffectFlows, "port_priority": EffectFlows, "lacp_fallback": EffectFlows, "lacp_fallback_timeout": EffectFlows,
	"primary": EffectFlows, "primary_reselect": EffectFlows, "mac_policy": EffectFlows, "coupled_control": EffectFlows, "resilient": EffectFlows,
	"port_weight": EffectFlows, "weight_by_speed": EffectFlows, "hash_symmetric": EffectFlows, "hash_inner": EffectFlows, "hash_seed": EffectFlows,
	"hash_hardened": EffectFlows, "hash_tags": EffectFlows, "failover_priority": EffectFlows,
	"packets_per_port": EffectFlows, "balance_interval": EffectFlows,
}

// effect returns what a change of the option does.
func (o *entry[T]) effect() Effect {
	if e, ok := effects[o.key]; ok {
		return e
	}
	if Fixed(o.key) {
		return EffectLater
	}
	return EffectNone
}

// Worse returns the effect that disturbs more.
func Worse(a, b Effect) Effect {
	order := []Effect{EffectNone, EffectLater, EffectFlows, EffectInterrupts}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}

// Difference is a key whose value differs between two versions of a bond. From and To are empty
// without a value.
type Difference struct {
	Key    string `json:"key"`
	From   string `json:"from"`
	To     string `json:"to"`
	Effect Effect `json:"traffic"`
}

// Diff returns the keys that mean something else in a later version of a bond, except for its
// name and ports.
func Diff(from, to *Bond) (list []Difference) {
	for i := range options {
		o := &options[i]
		if o.key == "name" || o.key == "ports" {
			continue
		}
		a, b := from.node(o), to.node(o)
		if !reflect.DeepEqual(alone(o, a), alone(o, b)) {
			list = append(list, Difference{o.key, flowText(a), flowText(b), o.effect()})
		}
	}
	return list
}

// DiffChassis returns the keys that mean something else in a later version of the section. Either may be
// nil. All have an effect only once lacpd starts again.
func DiffChassis(from, to *Chassis) (list []Difference) {
	for i := range chassisOptions {
		o := &chassisOptions[i]
		a, b := from.node(o), to.node(o)
		if !reflect.DeepEqual(o.value(a), o.value(b)) {
			list = append(list, Difference{o.key, flowText(a), flowText(b), EffectLater})
		}
	}
	return list
}

// node returns the value of an option, the default if the section does not have it, or nil.
func (c *Chassis) node(o *entry[Chassis]) ast.Node {
	if c == nil {
		return nil
	}
	if n := c.at.nodes[o.key]; n != nil || o.standard == "" {
		return n
	}
	return valueNode(o.standard)
}

// value returns what has nothing but one option.
func (o *entry[T]) value(n ast.Node) *T {
	v := new(T)
	if n != nil {
		o.kind.read(new(reader), v, o.key, n)
	}
	return v
}

// node returns the value of an option, the default if the file does not have it, or nil.
func (b *Bond) node(o *option) ast.Node {
	for _, s := range b.at.source {
		if s.option == o {
			return s.node
		}
	}
	if o.standard == "" {
		return nil
	}
	return valueNode(o.standard)
}

// alone returns a bond that has nothing but one option.
func alone(o *option, n ast.Node) Bond {
	b := Bond{MTU: bond.DefaultMTU}
	if n != nil {
		b.at.keys = make(map[string]Position)
		o.kind.read(new(reader), &b, o.key, n)
	}
	b.at = positions{}
	return b
}

// flowText returns a value on one line.
func flowText(n ast.Node) string {
	if n == nil {
		return ""
	}
	if text, ok := scalarText(n); ok {
		return strings.TrimSpace(text)
	}
	var parts []string
	if s, ok := plain(n).(*ast.SequenceNode); ok {
		for _, v := range s.Values {
			parts = append(parts, flowText(v))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for _, v := range mappingValues(n) {
		parts = append(parts, keyText(v.Key)+": "+flowText(v.Value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
