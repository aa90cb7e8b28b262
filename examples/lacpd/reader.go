package main

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/bond"
)

// configReader turns the parsed file into configuration and collects its problems.
type configReader struct {
	problems []problem
}

// refuse records a value that can't be used, and what is allowed.
func (r *configReader) refuse(line int, field, value, allowed string) {
	r.problems = append(r.problems, problem{line: line, field: field, value: value, text: "allowed: " + allowed})
}

// note records another kind of error, and what to do about it.
func (r *configReader) note(line int, field, value, todo string) {
	r.problems = append(r.problems, problem{line: line, field: field, value: value, text: todo})
}

// warn records a value that can be used but is probably a mistake.
func (r *configReader) warn(line int, field, value, todo string) {
	r.problems = append(r.problems, problem{line: line, field: field, value: value, text: todo, warning: true})
}

func (r *configReader) file(f *ast.File) []bondConfig {
	var bodies []ast.Node
	for _, d := range f.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			bodies = append(bodies, d.Body)
		}
	}
	const want = `one document with a list "bonds"`
	switch len(bodies) {
	case 0:
		if len(r.problems) == 0 {
			r.refuse(1, "bonds", "missing", want)
		}
		return nil
	case 1:
	default:
		r.refuse(line(bodies[1]), "document", "a second one", want)
	}
	body := bodies[0]
	if s, ok := scalarText(body); ok {
		if looks := foreignText(s); looks != "" {
			r.note(line(body), "file", valueText(body), looks)
			return nil
		}
	}
	var bonds []bondConfig
	seen := false
	r.mapping(body, "file", want, func(key string, at int, v ast.Node) {
		if key != "bonds" {
			r.note(at, key, "unknown key", unknownTopKey(key))
			return
		}
		seen = true
		for _, n := range r.bondNodes(v) {
			bonds = append(bonds, r.bond(n))
		}
	})
	if !seen && len(r.problems) == 0 {
		r.refuse(1, "bonds", "missing", want)
	}
	return bonds
}

// unknownTopKey returns what to do about a key next to "bonds".
func unknownTopKey(key string) string {
	if what := foreignFiles[fold(key)]; what != "" {
		return what
	}
	if near := didYouMean(key, []string{"bonds"}, map[string]string{"bond": "bonds", "bonding": "bonds", "lags": "bonds", "lag": "bonds"}); near != "" {
		return "did you mean " + near + "?"
	}
	return `the only key here is "bonds"`
}

// bondNodes returns the entries of the list of bonds.
func (r *configReader) bondNodes(v ast.Node) []ast.Node {
	const want = "a list of one or more bonds, each with name and ports"
	if values := mappingValues(v); len(values) > 0 {
		if _, nested := values[0].Value.(*ast.MappingNode); nested {
			key := keyText(values[0].Key)
			r.refuse(line(v), "bonds", "a mapping", want+`: instead of "`+key+`:" write "- name: `+key+`"`)
			return nil
		}
		r.refuse(line(v), "bonds", "a mapping", want+`: put "- " before its first key`)
		return nil
	}
	return r.sequence(v, "bonds", want)
}

func (r *configReader) bond(n ast.Node) bondConfig {
	c := bondConfig{MTU: bond.DefaultMTU}
	c.at.bond, c.at.keys = line(n), make(map[string]int)
	meant := make(map[string]bool) // keys that the file has under another program's name
	if !r.mapping(n, "bonds", "a bond with name and ports", func(key string, at int, v ast.Node) {
		o := optionOf(key)
		switch {
		case o != nil:
			c.at.keys[key] = at
			o.kind.read(r, &c, key, v)
		case key != mergeKey: // checkTokens has refused merge keys
			todo, near := unknownKey(key)
			r.note(at, key, "unknown key", todo)
			meant[near] = true
		}
	}) {
		return c
	}
	for i := range options {
		o := &options[i]
		at, given := c.at.keys[o.key]
		switch {
		case o.required && !given && !meant[o.key]:
			r.refuse(c.at.bond, o.key, "missing", "each bond has name and ports")
		case given && !o.meant(c.Mode):
			r.warn(at, o.key, "without effect", "only protocol "+o.modeNames()+" uses it, this bond's is "+c.Mode.String())
		}
	}
	return c
}

func optionOf(key string) *option {
	for i := range options {
		if options[i].key == key {
			return &options[i]
		}
	}
	return nil
}
