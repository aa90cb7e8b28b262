package config

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// position returns where a node begins.
func position(n ast.Node) Position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0] // the node's own token may be the one after the key
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return tokenAt(tk)
	}
	return start
}

// tokenAt returns where a token begins.
func tokenAt(tk *token.Token) Position { return Position{tk.Position.Line, tk.Position.Column} }

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
func (r *reader) mapping(n ast.Node, field, allowed string, each func(key string, at Position, v ast.Node)) bool {
	values := mappingValues(n)
	if values == nil {
		if _, ok := n.(*ast.AliasNode); !ok { // checkTokens has refused aliases
			r.problems.Refuse(position(n), field, valueText(n), allowed)
		}
		return false
	}
	first := make(map[string]Position)
	for _, v := range values {
		key, at := keyText(v.Key), position(v.Key)
		if before, ok := first[key]; ok {
			r.problems.Refuse(at, quoted(key), "duplicate key, first on line "+strconv.Itoa(before.Line), "each key once")
			continue
		}
		first[key] = at
		each(key, at, plain(v.Value))
	}
	return true
}

// sequence returns the entries of a list that is not empty.
func (r *reader) sequence(n ast.Node, field, allowed string) []ast.Node {
	s, ok := plain(n).(*ast.SequenceNode)
	if !ok || len(s.Values) == 0 {
		r.problems.Refuse(position(n), field, valueText(n), allowed)
		return nil
	}
	return s.Values
}

// value is a single value and its position.
type value struct {
	text string
	at   Position
}

// values returns the entries of a list of single values, or the words of a text
// with spaces or commas between them.
func (r *reader) values(n ast.Node, field, allowed string) (values []value) {
	if s, ok := scalarText(n); ok {
		for _, word := range strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }) {
			values = append(values, value{word, position(n)})
		}
		if values == nil {
			r.problems.Refuse(position(n), field, valueText(n), allowed)
		}
		return values
	}
	for _, v := range r.sequence(n, field, allowed) {
		v = plain(v)
		s, ok := scalarText(v)
		if !ok {
			r.problems.Refuse(position(v), field, valueText(v), allowed)
			continue
		}
		values = append(values, value{s, position(v)})
	}
	return values
}

// scalar returns the text of a single value if valid accepts it. Otherwise it refuses the
// value and returns "".
func (r *reader) scalar(n ast.Node, field, allowed string, valid func(string) bool) string {
	text, ok := scalarText(n)
	if !ok || !valid(text) {
		r.problems.Refuse(position(n), field, valueText(n), allowed)
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
