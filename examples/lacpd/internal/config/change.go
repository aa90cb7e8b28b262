package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/bond"
)

// setting is one key of a bond as its file spells it.
type setting struct {
	option *option
	key    string
	at     Position
	node   ast.Node
}

// Change gives a key of a bond another value, spelled as in the file. An empty value stands for
// the default.
type Change struct{ Key, Value string }

// With returns the bond with some keys changed, and all problems with that. It does not compare
// the bond with others: see [Check].
func (b *Bond) With(changes ...Change) (Bond, Problems) {
	var r reader
	source := slices.Clone(b.at.source)
	changed := make(map[*option]bool)
	for _, c := range changes {
		o := optionOf(c.Key)
		switch {
		case o == nil:
			todo, _ := nearKey(c.Key)
			r.problems.Note(start, c.Key, "unknown key", todo)
		case changed[o]:
			r.problems.Refuse(start, o.key, quoted(c.Value), "each key once")
		default:
			changed[o] = true
			source = r.change(source, o, c)
		}
	}
	next := Bond{MTU: bond.DefaultMTU}
	next.at.bond, next.at.keys = b.at.bond, make(map[string]Position)
	for _, s := range source {
		r.option(&next, s.option, s.key, s.at, s.node)
	}
	r.complete(&next, nil)
	return next, r.problems
}

// change replaces the value of an option, or removes it.
func (r *reader) change(source []setting, o *option, c Change) []setting {
	source = slices.DeleteFunc(source, func(s setting) bool { return s.option == o })
	if c.Value == "" {
		return source
	}
	node := valueNode(c.Value)
	if node == nil {
		r.problems.Refuse(start, o.key, quoted(c.Value), o.kind.allowed)
		return source
	}
	return append(source, setting{o, o.key, start, node})
}

// valueNode parses a value as a file spells it. It returns nil if it is not one value.
func valueNode(text string) ast.Node {
	var r reader
	file := r.parse([]byte(text))
	if file == nil || len(r.problems) > 0 || len(file.Docs) != 1 {
		return nil
	}
	return file.Docs[0].Body
}

// Check returns the problems of bonds that contradict themselves, each other or the group, which may be
// nil. The lines of the problems mean nothing if the bonds are not all from one file.
func Check(bonds []Bond, group *Chassis) Problems {
	var r reader
	r.checkBonds(bonds, group)
	return r.problems
}

// PortsChange returns the change that gives a bond its ports.
func PortsChange(ports []string) Change {
	words := make([]string, len(ports))
	for i, p := range ports {
		words[i] = strconv.Quote(p)
	}
	return Change{"ports", "[" + strings.Join(words, ", ") + "]"}
}

// fixed are the keys whose values a bond keeps as long as it is open.
var fixed = []string{"name", "ports", "data_plane", "receive", "receive_ring", "hardware_offload", "queues", "carrier_poll", "allow_host_stack", "lag", "lag_mode"}

// Fixed reports whether a bond keeps the value of a key as long as it is open.
func Fixed(key string) bool {
	o := optionOf(key)
	return o != nil && slices.Contains(fixed, o.key)
}

// MaxSize is the size of the largest file that is read, in octets.
const MaxSize = maxSize
