package main

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// line returns the line on which a node begins.
func line(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0] // the node's own token may be the one behind the key
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return tk.Position.Line
	}
	return 1
}

// mapping calls field for each key of n, once each. Keys it does not know and
// keys that come again are refused.
func (r *configReader) mapping(n ast.Node, field, allowed string, known func(key string, v ast.Node) bool, keys ...string) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.refuse(line(n), field, valueText(n), allowed)
		return
	}
	first := make(map[string]int)
	for _, v := range values {
		key := keyText(v.Key)
		at := line(v.Key)
		if before, ok := first[key]; ok {
			r.refuse(at, key, "duplicate key, first on line "+strconv.Itoa(before), "each key once")
			continue
		}
		first[key] = at
		if !known(key, v.Value) {
			r.refuse(at, key, "unknown key", strings.Join(keys, ", "))
		}
	}
}

// sequence returns the entries of a list that is not empty.
func (r *configReader) sequence(n ast.Node, field, allowed string) []ast.Node {
	s, ok := n.(*ast.SequenceNode)
	if !ok || len(s.Values) == 0 {
		r.refuse(line(n), field, valueText(n), allowed)
		return nil
	}
	return s.Values
}

// scalar returns the text of a single value if valid accepts it; else "".
func (r *configReader) scalar(n ast.Node, field, allowed string, valid func(string) bool) string {
	text, ok := scalarText(n)
	if !ok || !valid(text) {
		r.refuse(line(n), field, valueText(n), allowed)
		return ""
	}
	return text
}

// scalarText returns the text of a value as it stands in the file, so that a name
// such as 10 or 1e3 stays itself.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
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

// valueText shows a value in a message.
func valueText(n ast.Node) string {
	text, ok := scalarText(n)
	switch n := n.(type) {
	case *ast.NullNode:
		return "no value"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		if len(n.Values) == 0 {
			return "an empty list"
		}
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "an anchor, alias or tag"
	}
	if !ok {
		return n.Type().YAMLName()
	}
	const longest = 60
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	if q := strconv.Quote(text); text == "" || q != `"`+text+`"` || strings.ContainsAny(text, " ") {
		return q
	}
	return text
}
