package main

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// line returns the first line of a node.
func line(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0] // the node's own token may be the one after the key
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return tk.Position.Line
	}
	return 1
}

// plain returns the node without its anchor, which has been refused already.
func plain(n ast.Node) ast.Node {
	if a, ok := n.(*ast.AnchorNode); ok && a.Value != nil {
		return a.Value
	}
	return n
}

// mappingValues returns the entries of a mapping, or nil if n is not a mapping.
func mappingValues(n ast.Node) []*ast.MappingValueNode {
	switch n := plain(n).(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// mapping calls each once for every key of n and refuses duplicate keys. It reports whether n
// is a mapping.
func (r *configReader) mapping(n ast.Node, field, allowed string, each func(key string, line int, v ast.Node)) bool {
	values := mappingValues(n)
	if values == nil {
		if _, ok := n.(*ast.AliasNode); !ok { // checkTokens has refused aliases
			r.refuse(line(n), field, valueText(n), allowed)
		}
		return false
	}
	first := make(map[string]int)
	for _, v := range values {
		key, at := keyText(v.Key), line(v.Key)
		if before, ok := first[key]; ok {
			r.refuse(at, key, "duplicate key, first on line "+strconv.Itoa(before), "each key once")
			continue
		}
		first[key] = at
		each(key, at, plain(v.Value))
	}
	return true
}

// sequence returns the entries of a list that is not empty.
func (r *configReader) sequence(n ast.Node, field, allowed string) []ast.Node {
	s, ok := plain(n).(*ast.SequenceNode)
	if !ok || len(s.Values) == 0 {
		r.refuse(line(n), field, valueText(n), allowed)
		return nil
	}
	return s.Values
}

// value is a single value and its line.
type value struct {
	text string
	line int
}

// values returns the entries of a list of single values, or the words of a text
// with spaces or commas between them.
func (r *configReader) values(n ast.Node, field, allowed string) (values []value) {
	if s, ok := scalarText(n); ok {
		for _, word := range strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }) {
			values = append(values, value{word, line(n)})
		}
		if values == nil {
			r.refuse(line(n), field, valueText(n), allowed)
		}
		return values
	}
	for _, v := range r.sequence(n, field, allowed) {
		v = plain(v)
		s, ok := scalarText(v)
		if !ok {
			r.refuse(line(v), field, valueText(v), allowed)
			continue
		}
		values = append(values, value{s, line(v)})
	}
	return values
}

// scalar returns the text of a single value if valid accepts it. Otherwise it refuses the
// value and returns "".
func (r *configReader) scalar(n ast.Node, field, allowed string, valid func(string) bool) string {
	text, ok := scalarText(n)
	if !ok || !valid(text) {
		r.refuse(line(n), field, valueText(n), allowed)
		return ""
	}
	return text
}

// scalarText returns the text of a value as the file spells it, so that a name such as 10 or
// 1e3 does not change.
func scalarText(n ast.Node) (string, bool) {
	switch n := plain(n).(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func keyText(n ast.MapKeyNode) string {
	if text, ok := scalarText(n); ok {
		return text
	}
	return n.GetToken().Value
}

// valueText returns how messages show a value.
func valueText(n ast.Node) string {
	text, ok := scalarText(n)
	switch n := plain(n).(type) {
	case *ast.NullNode:
		return "no value"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		if len(n.Values) == 0 {
			return "an empty list"
		}
		return "a list"
	case *ast.AliasNode, *ast.AnchorNode:
		return "an anchor or alias"
	case *ast.TagNode:
		return "a tag"
	}
	if !ok {
		return n.Type().YAMLName()
	}
	return quoted(text)
}

// quoted returns how messages show a text. It cuts long text and adds quotes where needed.
func quoted(text string) string {
	const longest = 60
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	if q := strconv.Quote(text); text == "" || q != `"`+text+`"` || strings.ContainsAny(text, " ") {
		return q
	}
	return text
}
