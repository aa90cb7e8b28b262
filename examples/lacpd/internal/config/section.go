package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// section reads the section "chassis".
func (r *reader) section(at Position, n ast.Node) *Chassis {
	c := &Chassis{Hold: DefaultHold}
	c.at.section = at
	c.at.keys, c.at.nodes = make(map[string]Position), make(map[string]ast.Node)
	if !r.mapping(n, sectionKey, "a mapping with group, name and more", func(key string, at Position, v ast.Node) {
		if bare(key) != "store" {
			r.sectionKey(c, "", key, at, v)
			return
		}
		r.mapping(v, "store", "a mapping such as {etcd: [https://10.0.0.1:2379]}", func(key string, at Position, v ast.Node) {
			r.sectionKey(c, storePrefix, key, at, v)
		})
	}) {
		return c
	}
	for i := range chassisOptions {
		if o := &chassisOptions[i]; o.required && !c.has(o.key) {
			r.problems.Refuse(at, o.key, "missing", "a group of chassis has group and name")
		}
	}
	return c
}

// has reports whether the file has a key of the section.
func (c *Chassis) has(key string) bool {
	_, ok := c.at.keys[key]
	return ok
}

// sectionKey reads one key of the section, or with a prefix of a mapping in it.
func (r *reader) sectionKey(c *Chassis, prefix, key string, at Position, v ast.Node) {
	o := chassisOption(prefix + key)
	if o == nil {
		if key != mergeKey { // checkTokens has refused merge keys
			r.problems.Note(at, quoted(key), "unknown key", nearChassisKey(prefix, key))
		}
		return
	}
	if before, ok := c.at.keys[o.key]; ok {
		r.problems.Refuse(at, key, "duplicate key, it means "+o.key+" as on line "+strconv.Itoa(before.Line), "each key once")
		return
	}
	c.at.keys[o.key], c.at.nodes[o.key] = at, v
	o.kind.read(r, c, o.key, v)
}

// chassisOption returns the option that a key stands for, or nil.
func chassisOption(key string) *entry[Chassis] {
	i := slices.IndexFunc(chassisOptions, func(o entry[Chassis]) bool { return bare(o.key) == bare(key) })
	if i < 0 {
		return nil
	}
	return &chassisOptions[i]
}

// nearChassisKey returns what to do about a key that the section, or with a prefix a mapping in it, does
// not have.
func nearChassisKey(prefix, key string) string {
	var words []string
	for i := range chassisOptions {
		if word, ok := strings.CutPrefix(chassisOptions[i].key, prefix); ok && !strings.Contains(word, ".") {
			words = append(words, word)
		}
	}
	if prefix == "" {
		words = append(words, "store")
	}
	if near := didYouMean(key, words, nil); near != "" {
		return "did you mean " + near + "?"
	}
	return "allowed: " + anyOf(words)
}
