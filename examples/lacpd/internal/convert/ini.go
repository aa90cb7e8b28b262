package convert

import (
	"bytes"
	"strings"
)

// section is a section of a systemd file with its assignments, in their order.
type section struct {
	name string
	at   place
	keys []assignment
}

// assignment is KEY=VALUE.
type assignment struct {
	key string
	value
}

// readSections reads the syntax of systemd's files (systemd.syntax(7)). The libraries for such files
// do not keep the lines, which the notes name. Lines outside of a section, or without "=", are
// returned as the other lines.
func readSections(s Source) (sections []section, others []value) {
	text := bytes.ReplaceAll(s.Text, []byte("\r\n"), []byte("\n"))
	line, from, joined := 0, 0, ""
	for raw := range bytes.Lines(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))) {
		line++
		l := strings.TrimSpace(string(raw))
		if l != "" && (l[0] == '#' || l[0] == ';') {
			continue // also between the lines of a continued one
		}
		if joined == "" {
			from = line
		}
		if rest, ok := strings.CutSuffix(l, `\`); ok {
			joined += rest + " "
			continue
		}
		l, joined = strings.TrimSpace(joined+l), ""
		at := place{s.Name, from}
		key, v, assigned := strings.Cut(l, "=")
		switch {
		case l == "":
		case l[0] == '[' && l[len(l)-1] == ']':
			sections = append(sections, section{name: l[1 : len(l)-1], at: at})
		case assigned && len(sections) > 0:
			last := &sections[len(sections)-1]
			last.keys = append(last.keys, assignment{strings.TrimSpace(key), value{text: strings.TrimSpace(v), at: at}})
		default:
			others = append(others, value{text: l, at: at})
		}
	}
	return sections, others
}

// get returns the last value of a key in the sections of a name.
func get(sections []section, name, key string) (v value) {
	for _, s := range sections {
		for _, a := range s.keys {
			if s.name == name && a.key == key {
				v = a.value
			}
		}
	}
	return v
}

// getAll returns the values of a key that is a list: each assignment adds its words, and an empty
// one begins again.
func getAll(sections []section, name, key string) (list []value) {
	for _, s := range sections {
		for _, a := range s.keys {
			if s.name != name || a.key != key {
				continue
			}
			if a.text == "" {
				list = nil
			}
			for word := range strings.FieldsSeq(a.text) {
				list = append(list, value{text: strings.Trim(word, `"'`), at: a.at})
			}
		}
	}
	return list
}
