// Package convert turns the configuration of other programs into lacpd's file: netplan,
// systemd-networkd, ifupdown, TrueNAS.
//
// A reader for each program, in the file of its name, collects bonds in the words of the Linux
// bonding driver, which all of them use. linux.go turns these words into lacpd's, write.go prints
// the file. Everything that a reader does not use becomes a [Note], so nothing is left out in
// silence. The package reads no files and changes nothing.
package convert

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

// Kind is the program that a file belongs to.
type Kind string

// The kinds.
const (
	Netplan  Kind = "netplan"
	Networkd Kind = "networkd"
	Ifupdown Kind = "ifupdown"
	TrueNAS  Kind = "truenas"
)

// Kinds are all kinds.
var Kinds = []Kind{Netplan, Networkd, Ifupdown, TrueNAS}

// Source is one file.
type Source struct {
	Name string
	Text []byte
}

// Effect is what it means to the host that the result has a part of the source not, or otherwise.
type Effect uint8

// The effects.
const (
	Unneeded Effect = iota // the bond behaves the same
	LeftOut                // something is missing, which the user has to add elsewhere
	Differs                // the result has what comes closest
)

// String returns "not needed", "left out" or "differs".
func (e Effect) String() string { return [...]string{"not needed", "left out", "differs"}[e] }

// Note describes a part of the source that the result does not have, or has otherwise.
type Note struct {
	File   string
	Line   int
	What   string // the part, as the source spells it
	Effect Effect
	Why    string // the reason, and what to do
}

// String returns the note as a line that editors can follow.
func (n *Note) String() string {
	return fmt.Sprintf("%s:%d: %s: %v: %s", n.File, n.Line, n.What, n.Effect, n.Why)
}

// Result is what Convert returns.
type Result struct {
	Text  []byte // lacpd's file; nil without a bond
	Notes []Note // in the order of the sources
}

// Complete reports whether the host behaves as before with the file alone.
func (r *Result) Complete() bool {
	return !slices.ContainsFunc(r.Notes, func(n Note) bool { return n.Effect != Unneeded })
}

// maxText is the size of the largest source, in octets.
const maxText = 4 << 20

// Convert converts the files of one program. The error names a file that can't be read as one of
// its files, or reports that they have no bond.
func Convert(kind Kind, sources []Source) (*Result, error) {
	read, ok := map[Kind]func(*builder, []Source) error{
		Netplan: readNetplan, Networkd: readNetworkd, Ifupdown: readIfupdown, TrueNAS: readTrueNAS,
	}[kind]
	if !ok {
		return nil, fmt.Errorf("-from %s: allowed: netplan, networkd, ifupdown or truenas", kind)
	}
	for _, s := range sources {
		if len(s.Text) > maxText {
			return nil, fmt.Errorf("%s: more than %d octets", s.Name, maxText)
		}
	}
	b := &builder{kind: kind, sources: sources}
	if err := read(b, sources); err != nil {
		return nil, err
	}
	if len(b.bonds) == 0 {
		return nil, fmt.Errorf("%s: no bond in the files of %s", sources[0].Name, kind)
	}
	text := b.write()
	b.check(text)
	b.sortNotes()
	return &Result{text, b.notes}, nil
}

// check notes what lacpd refuses of the result.
func (b *builder) check(text []byte) {
	lines := bytes.Split(text, []byte("\n"))
	for _, p := range config.Parse("result", text).Problems {
		line := ""
		if i := p.At.Line - 1; i >= 0 && i < len(lines) {
			line = string(bytes.TrimSpace(lines[i]))
		}
		b.notes = append(b.notes, Note{b.sources[0].Name, 1, p.Field + " " + p.Value, Differs, "lacpd refuses the line " + line + ": " + p.Text + ": correct it by hand"})
	}
}

// sortNotes sorts the notes by source and line.
func (b *builder) sortNotes() {
	order := func(n Note) int { return slices.IndexFunc(b.sources, func(s Source) bool { return s.Name == n.File }) }
	slices.SortStableFunc(b.notes, func(x, y Note) int { return cmp.Or(cmp.Compare(order(x), order(y)), cmp.Compare(x.Line, y.Line)) })
}

// Guess returns the program that the files probably belong to, by their names and texts.
func Guess(sources []Source) (Kind, error) {
	for _, s := range sources {
		if kind := guess(s); kind != "" {
			return kind, nil
		}
	}
	return "", fmt.Errorf("%s: the kind of the file is unknown: name it with -from netplan, networkd, ifupdown or truenas", sources[0].Name)
}

func guess(s Source) Kind {
	switch base := path.Base(s.Name); {
	case strings.HasSuffix(base, ".netdev"), strings.HasSuffix(base, ".network"):
		return Networkd
	case base == "interfaces":
		return Ifupdown
	}
	text := strings.TrimPrefix(string(s.Text[:min(len(s.Text), maxText)]), "\ufeff")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		word, _, _ := strings.Cut(line, " ")
		switch {
		case line == "", line[0] == '#', line[0] == ';', line == "---":
			continue
		case strings.HasPrefix(line, "network:"), strings.HasPrefix(line, `{"network"`):
			return Netplan
		case line[0] == '[' && strings.HasSuffix(line, "]") && isSection(line[1:len(line)-1]):
			return Networkd
		case line[0] == '[', line[0] == '{':
			return TrueNAS
		case slices.Contains([]string{"auto", "iface", "allow-hotplug", "source", "source-directory", "mapping"}, word):
			return Ifupdown
		}
		break
	}
	return ""
}

// readInDirectory matches the names of the files that the programs read in their directories: those
// of ifupdown have no suffix.
var readInDirectory = regexp.MustCompile(`^[\w-]+$|^[^.].*\.(ya?ml|netdev|network|link|json)$`)

// IsRead reports whether one of the programs reads files of this base name in its directory.
func IsRead(base string) bool { return readInDirectory.MatchString(base) }

// isSection reports whether s is the name of a section.
func isSection(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}
