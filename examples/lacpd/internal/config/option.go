package config

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
)

// entry describes one key of the file, which sets something in a T. lacpd makes the parser, the usage
// text, the reference and the refusals of a key from it.
type entry[T any] struct {
	key      string
	help     string // what it sets, as a clause that starts in lower case
	standard string // the default, as a file spells it; empty without a default
	required bool
	modes    []bond.Mode // of a bond: modes that use it; nil means all
	aliases  []string    // spellings in other programs with exactly this meaning
	foreign  []string    // keys of other programs that are close to this one
	kind     kindOf[T]

	// apply copies the value into the bond's configuration. It is nil for keys that are not in
	// bond.Config.
	apply func(c *T, to *bond.Config)
}

// option describes one key of a bond.
type option = entry[Bond]

// meant reports whether mode m uses the option.
func (o *entry[T]) meant(m bond.Mode) bool { return o.modes == nil || slices.Contains(o.modes, m) }

// modeNames returns the names of the modes that use the option.
func (o *entry[T]) modeNames() string {
	names := make([]string, len(o.modes))
	for i, m := range o.modes {
		names[i] = m.String()
	}
	return anyOf(names)
}

// kindOf is a kind of value. allowed describes the valid values in words. read parses a value
// and reports what it refuses.
type kindOf[T any] struct {
	allowed string
	read    func(r *reader, c *T, key string, n ast.Node)
}

// kind is a kind of value of a bond.
type kind = kindOf[Bond]

// text accepts any single value that set accepts.
func text[T any](allowed string, set func(c *T, s string) bool) kindOf[T] {
	return kindOf[T]{allowed, func(r *reader, c *T, key string, n ast.Node) {
		r.scalar(n, key, allowed, func(s string) bool { return set(c, s) })
	}}
}

// choice accepts one of a few words. set may accept further spellings of them. foreign maps
// the words of other programs, folded, to ours.
func choice[T any](words []string, foreign map[string]string, set func(c *T, s string) error) kindOf[T] {
	allowed := anyOf(words)
	return kindOf[T]{allowed, func(r *reader, c *T, key string, n ast.Node) {
		s, ok := scalarText(n)
		if ok && set(c, s) == nil {
			return
		}
		if word := didYouMean(s, words, foreign); ok && word != "" {
			r.problems.Refuse(position(n), key, valueText(n), allowed+"; did you mean "+word+"?")
			return
		}
		r.problems.Refuse(position(n), key, valueText(n), allowed)
	}}
}

// oneOf is a choice that passes the index of the word to set.
func oneOf[T any](words []string, foreign map[string]string, set func(c *T, i int)) kindOf[T] {
	return choice(words, foreign, func(c *T, s string) error {
		i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, s) })
		if i < 0 {
			return strconv.ErrSyntax
		}
		set(c, i)
		return nil
	})
}

// boolean accepts true or false, quoted or not, and YAML's other words for them.
func boolean[T any](set func(c *T, on bool)) kindOf[T] {
	return choice([]string{"true", "false"}, foreignBooleans, func(c *T, s string) error {
		switch strings.ToLower(s) {
		case "true", "yes", "on":
			set(c, true)
		case "false", "no", "off":
			set(c, false)
		default:
			return strconv.ErrSyntax
		}
		return nil
	})
}

// number accepts a whole number from least to most.
func number[T any](least, most int, set func(c *T, n int)) kindOf[T] {
	return text(strconv.Itoa(least)+" to "+strconv.Itoa(most), func(c *T, s string) bool {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return false
		}
		set(c, n)
		return true
	})
}

// duration accepts a time with its unit, such as 500ms.
func duration[T any](least, most time.Duration, set func(c *T, d time.Duration)) kindOf[T] {
	return text("a time from "+shortTime(least)+" to "+shortTime(most)+", such as 500ms or 2s", func(c *T, s string) bool {
		d, err := time.ParseDuration(s)
		if err != nil || d < least || d > most {
			return false
		}
		set(c, d)
		return true
	})
}

// shortTime returns a time without the units that are 0: "1h" for 1h0m0s.
func shortTime(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// list accepts several values: a sequence, or one text with spaces or commas between
// them. each returns what would be allowed if it refuses a value, and "" otherwise.
func list[T any](allowed string, each func(c *T, s string, at Position) (refused string)) kindOf[T] {
	return kindOf[T]{allowed, func(r *reader, c *T, key string, n ast.Node) {
		for _, v := range r.values(n, key, allowed) {
			if refused := each(c, v.text, v.at); refused != "" {
				r.problems.Refuse(v.at, key, quoted(v.text), refused)
			}
		}
	}}
}

// perPort accepts a mapping from ports to values.
func perPort(allowed string, each func(c *Bond, port, s string) bool) kind {
	return kind{allowed, func(r *reader, c *Bond, key string, n ast.Node) {
		r.mapping(n, key, allowed, func(port string, at Position, v ast.Node) {
			s, ok := scalarText(v)
			c.at.note(key, port, at)
			if !ok || !each(c, port, s) {
				r.problems.Refuse(at, key, quoted(port+": "+valueText(v)), allowed)
			}
		})
	}}
}

// macKind accepts the MAC address of one station.
func macKind(set func(c *Bond, addr net.HardwareAddr)) kind {
	return text("an individual MAC address such as 02:00:00:00:00:01", func(c *Bond, s string) bool {
		addr, err := net.ParseMAC(s)
		set(c, addr)
		return err == nil && link.IsIndividual(addr)
	})
}

// note records the position of a port in a per-port key.
func (p *positions) note(key, port string, at Position) {
	if p.perPort == nil {
		p.perPort = make(map[string]map[string]Position)
	}
	if p.perPort[key] == nil {
		p.perPort[key] = make(map[string]Position)
	}
	p.perPort[key][port] = at
}

// anyOf joins words as in "a, b or c".
func anyOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
