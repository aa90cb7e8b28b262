package config

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/bond"
)

// reader turns the parsed file into configuration and collects its problems.
type reader struct {
	problems Problems
	anchors  bool // anchors and aliases are allowed
}

func (r *reader) file(f *ast.File) (bonds []Bond, group *Chassis) {
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
			r.problems.Refuse(start, "bonds", "missing", want)
		}
		return nil, nil
	case 1:
	default:
		r.problems.Refuse(position(bodies[1]), "document", "a second one", want)
	}
	body := bodies[0]
	if s, ok := scalarText(body); ok {
		if looks := foreignText(s); looks != "" {
			r.problems.Note(position(body), "file", valueText(body), looks)
			return nil, nil
		}
	}
	seen := false
	r.mapping(body, "file", want, func(key string, at Position, v ast.Node) {
		switch key {
		case sectionKey:
			group = r.section(at, v)
		case "bonds":
			seen = true
			for _, n := range r.bondNodes(v) {
				bonds = append(bonds, r.bond(n))
			}
		default:
			r.problems.Note(at, quoted(key), "unknown key", unknownTopKey(key))
		}
	})
	if !seen && len(r.problems) == 0 {
		r.problems.Refuse(start, "bonds", "missing", want)
	}
	return bonds, group
}

// unknownTopKey returns what to do about a key next to "bonds".
func unknownTopKey(key string) string {
	if what := foreignFiles[fold(key)]; what != "" {
		return what
	}
	if near := didYouMean(key, []string{"bonds", sectionKey}, map[string]string{"bond": "bonds", "bonding": "bonds", "lags": "bonds", "lag": "bonds"}); near != "" {
		return "did you mean " + near + "?"
	}
	return `the keys here are "bonds" and "chassis"`
}

// bondNodes returns the entries of the list of bonds.
func (r *reader) bondNodes(v ast.Node) []ast.Node {
	const want = "a list of one or more bonds, each with name and ports"
	if values := mappingValues(v); len(values) > 0 {
		if _, nested := values[0].Value.(*ast.MappingNode); nested {
			key := keyText(values[0].Key)
			r.problems.Refuse(position(v), "bonds", "a mapping", want+`: instead of "`+key+`:" write "- name: `+key+`"`)
			return nil
		}
		r.problems.Refuse(position(v), "bonds", "a mapping", want+`: put "- " before its first key`)
		return nil
	}
	return r.sequence(v, "bonds", want)
}

func (r *reader) bond(n ast.Node) Bond {
	c := Bond{MTU: bond.DefaultMTU}
	c.at.bond, c.at.keys = position(n), make(map[string]Position)
	meant := make(map[string]bool) // keys that the file has under another program's name
	if !r.mapping(n, "bonds", "a bond with name and ports", func(key string, at Position, v ast.Node) {
		if o := optionOf(key); o != nil {
			r.option(&c, o, key, at, v)
		} else if key != mergeKey { // checkTokens has refused merge keys
			meant[r.unknownKey(key, at, v)] = true
		}
	}) {
		return c
	}
	r.complete(&c, meant)
	return c
}

// complete refuses a bond without the keys that are required, and warns of those without effect.
// meant are keys that the file has under another program's name.
func (r *reader) complete(c *Bond, meant map[string]bool) {
	for i := range options {
		o := &options[i]
		at, given := c.at.keys[o.key]
		switch {
		case o.required && !given && !meant[o.key]:
			r.problems.Refuse(c.at.bond, o.key, "missing", "each bond has name and ports")
		case given && !o.meant(c.Mode):
			r.problems.Warn(at, o.key, "without effect", "only protocol "+o.modeNames()+" uses it, this bond's is "+c.Mode.String())
		}
	}
}

// option reads the value of an option, which the file spells key.
func (r *reader) option(c *Bond, o *option, key string, at Position, v ast.Node) {
	if before, ok := c.at.keys[o.key]; ok {
		r.problems.Refuse(at, key, "duplicate key, it means "+o.key+" as on line "+strconv.Itoa(before.Line), "each key once")
		return
	}
	c.at.keys[o.key] = at
	c.at.source = append(c.at.source, setting{o, key, at, v})
	o.kind.read(r, c, key, v)
}

// unknownKey answers a key that a bond does not have. It returns the key that was probably meant,
// or "".
func (r *reader) unknownKey(key string, at Position, v ast.Node) (near string) {
	if u := unneeded[bare(key)]; u != nil {
		if text, ok := scalarText(v); ok && u.harmless(text) {
			r.problems.Warn(at, key, "without effect", u.todo)
		} else {
			r.problems.Note(at, key, "unknown key", u.todo)
		}
		return ""
	}
	todo, near := nearKey(key)
	r.problems.Note(at, quoted(key), "unknown key", todo)
	return near
}
