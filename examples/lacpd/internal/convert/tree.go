package convert

import (
	"strconv"
	"strings"
)

// node is a value of a YAML or JSON file.
type node struct {
	at     place
	text   string  // of a single value
	single bool    // it is a single value
	fields []field // of a mapping, in their order
	items  []*node // of a list
}

// field is a key of a mapping and its value.
type field struct {
	key   string
	at    place
	value *node
	used  bool
}

// take returns the value of a key and notes that it was used; nil without the key. n may be nil.
func (n *node) take(key string) *node {
	if n == nil {
		return nil
	}
	for i := range n.fields {
		if f := &n.fields[i]; f.key == key {
			f.used = true
			return f.value
		}
	}
	return nil
}

// rest returns the fields that were not taken.
func (n *node) rest() (list []*field) {
	if n == nil {
		return nil
	}
	for i := range n.fields {
		if !n.fields[i].used {
			list = append(list, &n.fields[i])
		}
	}
	return list
}

// value returns a single value; the zero value if n is nil or no single value.
func (n *node) value() value {
	if n == nil || !n.single {
		return value{}
	}
	return value{text: n.text, at: n.at}
}

// values returns the single values of a list, or the value if it is a single one.
func (n *node) values() (list []value) {
	switch {
	case n == nil:
		return nil
	case n.single && n.text != "":
		return []value{n.value()}
	}
	for _, item := range n.items {
		if item.single {
			list = append(list, item.value())
		}
	}
	return list
}

// is reports whether n is a single value that YAML 1.1 takes as true.
func (n *node) is(on bool) bool {
	yes := []string{"true", "yes", "on", "y", "1"}
	if !on {
		yes = []string{"false", "no", "off", "n", "0"}
	}
	for _, word := range yes {
		if n != nil && n.single && strings.EqualFold(n.text, word) {
			return true
		}
	}
	return false
}

// String returns how notes show the value.
func (n *node) String() string {
	const longest = 60
	switch {
	case n.single && len(n.text) > longest:
		return strings.ToValidUTF8(n.text[:longest], "") + "..."
	case n.single:
		return n.text
	case n.items != nil:
		var texts []string
		for _, v := range n.values() {
			texts = append(texts, v.text)
		}
		if len(texts) < len(n.items) || len(strings.Join(texts, ", ")) > longest {
			return "a list of " + strconv.Itoa(len(n.items))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	}
	return "a mapping"
}
