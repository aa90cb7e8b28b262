package view

import (
	"encoding"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/golden"
)

const schemaFile = "../../status.schema.json"

// TestSchemaIsThatOfTheTypes compares the published schema with the types. Their comments are its
// descriptions.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	g := generator{comments: comments(t), defs: make(map[string]any)}
	root := g.object(reflect.TypeFor[Status]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Status of lacpd"
	root["$defs"] = g.defs
	want, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, schemaFile, string(want)+"\n", "go test ./examples/lacpd/internal/view -run Schema -update")
}

// generator makes a JSON Schema of types.
type generator struct {
	comments map[string]string // by Type.Field
	defs     map[string]any    // by type
}

// object returns the schema of a struct, without a name for it.
func (g *generator) object(t reflect.Type) map[string]any {
	properties, required := make(map[string]any), []string{}
	g.fields(t, properties, &required)
	s := map[string]any{"type": "object", "properties": properties, "required": required}
	if text := g.comments[t.Name()]; text != "" {
		s["description"] = text
	}
	return s
}

func (g *generator) fields(t reflect.Type, properties map[string]any, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			g.fields(f.Type, properties, required)
			continue
		}
		name := f.Tag.Get("json")
		s := g.schema(f.Type)
		if text := g.comments[t.Name()+"."+f.Name]; text != "" {
			s["description"] = text
		}
		properties[name] = s
		*required = append(*required, name)
	}
}

func (g *generator) schema(t reflect.Type) map[string]any {
	switch {
	case t.Kind() == reflect.Pointer:
		return map[string]any{"anyOf": []any{g.schema(t.Elem()), map[string]any{"type": "null"}}}
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": g.schema(t.Elem())}
	case reflect.Struct:
		if g.defs[t.Name()] == nil {
			g.defs[t.Name()] = true // a type may contain itself
			g.defs[t.Name()] = g.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	}
	panic("no schema for " + t.String())
}

// comments returns the comments of the types and fields of this package.
func comments(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			d, ok := d.(*ast.GenDecl)
			if !ok || d.Tok != token.TYPE {
				continue
			}
			for _, spec := range d.Specs {
				note(texts, d, spec.(*ast.TypeSpec))
			}
		}
	}
	return texts
}

func note(texts map[string]string, d *ast.GenDecl, spec *ast.TypeSpec) {
	texts[spec.Name.Name] = line(d.Doc)
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range s.Fields.List {
		for _, name := range f.Names {
			texts[spec.Name.Name+"."+name.Name] = line(f.Comment)
		}
	}
}

func line(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
