package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/bond"
)

// option is one key of a bond in the file. Its option is everything lacpd
// needs for a key: parser, usage text, reference and refusals are made from it.
type option struct {
	key      string
	help     string // what it sets, as a clause that starts in lower case
	standard string // the value that holds without the key, as a file has it; empty: none
	required bool
	modes    []bond.Mode // in which it has a meaning; nil: all
	foreign  []string    // what other programs call it
	kind     kind

	// apply hands the value to the bond's configuration; nil: it is not there.
	apply func(c *bondConfig, to *bond.Config)
}

// meant reports whether the option has a meaning in a mode.
func (o *option) meant(m bond.Mode) bool { return o.modes == nil || slices.Contains(o.modes, m) }

// modeNames returns the modes in which the option has a meaning.
func (o *option) modeNames() string {
	names := make([]string, len(o.modes))
	for i, m := range o.modes {
		names[i] = m.String()
	}
	return anyOf(names)
}

// kind is a sort of value: what it may be, in words, and how it is read. read
// reports what it refuses.
type kind struct {
	allowed string
	read    func(r *configReader, c *bondConfig, key string, n ast.Node)
}

// text is any single value that set accepts.
func text(allowed string, set func(c *bondConfig, s string) bool) kind {
	return kind{allowed, func(r *configReader, c *bondConfig, key string, n ast.Node) {
		r.scalar(n, key, allowed, func(s string) bool { return set(c, s) })
	}}
}

// choice is one of a few words. set may accept further spellings of them; foreign
// holds those of other programs, folded, with the word each means.
func choice(words []string, foreign map[string]string, set func(c *bondConfig, s string) error) kind {
	allowed := anyOf(words)
	return kind{allowed, func(r *configReader, c *bondConfig, key string, n ast.Node) {
		s, ok := scalarText(n)
		if ok && set(c, s) == nil {
			return
		}
		if word := didYouMean(s, words, foreign); ok && word != "" {
			r.refuse(line(n), key, valueText(n), allowed+"; did you mean "+word+"?")
			return
		}
		r.refuse(line(n), key, valueText(n), allowed)
	}}
}

// oneOf is choice whose values are numbered like the words.
func oneOf(words []string, foreign map[string]string, set func(c *bondConfig, i int)) kind {
	return choice(words, foreign, func(c *bondConfig, s string) error {
		i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, s) })
		if i < 0 {
			return strconv.ErrSyntax
		}
		set(c, i)
		return nil
	})
}

// boolean is true or false, quoted or not.
func boolean(set func(c *bondConfig, on bool)) kind {
	return choice([]string{"true", "false"}, foreignBooleans, func(c *bondConfig, s string) error {
		on, err := strconv.ParseBool(s)
		if err == nil && len(s) == 1 { // ParseBool takes 0, 1, t and f too
			err = strconv.ErrSyntax
		}
		if err == nil {
			set(c, on)
		}
		return err
	})
}

// number is a whole number, least to most.
func number(least, most int, set func(c *bondConfig, n int)) kind {
	return text(strconv.Itoa(least)+" to "+strconv.Itoa(most), func(c *bondConfig, s string) bool {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return false
		}
		set(c, n)
		return true
	})
}

// list is several values: a sequence, or one text with spaces or commas between
// them. each reports what it refuses of a value; empty means nothing.
func list(allowed string, each func(c *bondConfig, s string, line int) (refused string)) kind {
	return kind{allowed, func(r *configReader, c *bondConfig, key string, n ast.Node) {
		for _, v := range r.values(n, key, allowed) {
			if refused := each(c, v.text, v.line); refused != "" {
				r.refuse(v.line, key, quoted(v.text), refused)
			}
		}
	}}
}

// perPort is a value for each of some ports.
func perPort(allowed string, each func(c *bondConfig, port, s string) bool) kind {
	return kind{allowed, func(r *configReader, c *bondConfig, key string, n ast.Node) {
		r.mapping(n, key, allowed, func(port string, at int, v ast.Node) {
			s, ok := scalarText(v)
			c.at.note(key, port, at)
			if !ok || !each(c, port, s) {
				r.refuse(at, key, quoted(port+": "+valueText(v)), allowed)
			}
		})
	}}
}

// note notes the line of a port of a key.
func (p *positions) note(key, port string, line int) {
	if p.perPort == nil {
		p.perPort = make(map[string]map[string]int)
	}
	if p.perPort[key] == nil {
		p.perPort[key] = make(map[string]int)
	}
	p.perPort[key][port] = line
}

// anyOf joins words to "a, b or c".
func anyOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
