package convert

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

// readYAML returns the documents of a YAML file.
func readYAML(s Source) (docs []*node, err error) {
	file, problems := config.SyntaxTree(s.Text)
	if file == nil {
		return nil, &config.Error{File: s.Name, Problems: problems}
	}
	t := treeReader{file: s.Name, anchors: make(map[string]*node)}
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			docs = append(docs, t.node(d.Body))
		}
	}
	return docs, nil
}

// treeReader turns a syntax tree into nodes. An alias and its anchor are the same node, so a small
// file stays small.
type treeReader struct {
	file    string
	anchors map[string]*node
}

func (t *treeReader) place(n ast.Node) place {
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return place{t.file, tk.Position.Line}
	}
	return place{t.file, 1}
}

func (t *treeReader) node(n ast.Node) *node {
	out := &node{at: t.place(n)}
	switch n := n.(type) {
	case *ast.AnchorNode:
		anchor := n.Name.GetToken().Value
		out = t.node(n.Value)
		t.anchors[anchor] = out // from here on: no value contains itself
	case *ast.AliasNode:
		if target := t.anchors[n.Value.GetToken().Value]; target != nil {
			return target
		}
	case *ast.TagNode:
		return t.node(n.Value)
	case *ast.MappingNode:
		for _, v := range n.Values {
			out.fields = append(out.fields, t.field(v))
		}
	case *ast.MappingValueNode:
		out.fields = []field{t.field(n)}
	case *ast.SequenceNode:
		out.items = []*node{}
		for _, v := range n.Values {
			out.items = append(out.items, t.node(v))
		}
	case *ast.StringNode:
		out.single, out.text = true, n.Value
	case *ast.LiteralNode:
		out.single, out.text = true, n.Value.Value
	case *ast.NullNode, nil:
		out.single = true
	default:
		out.single, out.text = true, n.GetToken().Value
	}
	return out
}

func (t *treeReader) field(v *ast.MappingValueNode) field {
	key := v.Key.GetToken().Value
	if s, ok := v.Key.(*ast.StringNode); ok {
		key = s.Value
	}
	return field{key: key, at: t.place(v.Key), value: t.node(v.Value)}
}

// deepest is how deep files are merged: to a parameter that is a list. Aliases
// can make a small file very deep.
const deepest = 4

// merged returns a with the contents of b: mappings are merged, lists are joined, and a single value
// of b replaces that of a. Neither changes.
func merged(a, b *node, depth int) *node {
	switch {
	case depth > deepest || a == nil || b.single || a.single || (a.items == nil) != (b.items == nil):
		return b
	case a.items != nil:
		return &node{at: a.at, items: append(a.items[:len(a.items):len(a.items)], b.items...)}
	}
	out := &node{at: a.at, fields: append([]field(nil), a.fields...)}
next:
	for _, f := range b.fields {
		for i := range out.fields {
			if out.fields[i].key == f.key {
				out.fields[i].value = merged(out.fields[i].value, f.value, depth+1)
				continue next
			}
		}
		out.fields = append(out.fields, f)
	}
	return out
}

// wrongType is the error about a part that is not what it has to be.
func wrongType(at place, what string) error {
	return fmt.Errorf("%s:%d: allowed: %s", at.file, at.line, what)
}
