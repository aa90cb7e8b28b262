package config

import (
	"fmt"
	"strings"
)

// All texts about the keys are made from the table of options.

// Usage lists the keys for the usage text.
func Usage() string {
	var b strings.Builder
	usageOf(&b, options)
	b.WriteString("and a section \"chassis\", if bonds have a lag, with:\n")
	usageOf(&b, chassisOptions)
	return b.String()
}

func usageOf[T any](b *strings.Builder, entries []entry[T]) {
	for i := range entries {
		o := &entries[i]
		fmt.Fprintf(b, "    %s: %s\n", o.key, o.valueText())
		wrap(b, "        ", o.sentence())
	}
}

// Markdown returns the reference of the keys, the text of KEYS.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Keys of a bond in lacpd's file\n\n" +
		"Made from the table in `internal/config`; `go test ./examples/lacpd/internal/config -run Reference -update` writes it again.\n\n" +
		"Case, hyphens and underscores in a key do not matter, nor does a prefix \"bond-\".\n\n")
	tableOf(&b, options)
	b.WriteString("\n# Keys of the section chassis\n\n" + chassisIntro + " " +
		"A key such as `store.etcd` stands in a mapping: `store: {etcd: [https://10.0.0.1:2379]}`. " +
		"A change of this section takes effect when lacpd starts again; `lacpd check` and `lacpd diff` show it.\n\n")
	tableOf(&b, chassisOptions)
	return b.String()
}

// chassisIntro is what the section is for.
const chassisIntro = "The section `chassis` next to `bonds` makes this box one of several that show a partner one LAG: " +
	"one of them carries it, and another takes over if that one fails."

func tableOf[T any](b *strings.Builder, entries []entry[T]) {
	b.WriteString("| key | value | default | what it sets |\n|---|---|---|---|\n")
	for i := range entries {
		o := &entries[i]
		standard := o.standard
		if o.required {
			standard = "required"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", o.key, o.kind.allowed, standard, strings.TrimSuffix(o.sentence(), "."))
	}
}

// Man returns the manual page lacpd.yaml(5).
func Man() string {
	var b strings.Builder
	b.WriteString(`.\" Made from the table in internal/config.
.TH LACPD.YAML 5 "" lagkit "File formats"
.SH NAME
lacpd.yaml, bonds.yaml \- bonds of
.BR lacpd (8)
.SH DESCRIPTION
The file is YAML: a mapping with the key
.B bonds
and a list of bonds.
A bond needs a name and its ports.
.PP
.EX
bonds:
  \- name: bond0
    ports: [eth1, eth2]
    lacpdu_rate: FAST
    addresses: [192.0.2.10/24]
.EE
.PP
Case, hyphens and underscores in a key do not matter, nor does a prefix
.BR bond\- .
A file with a problem is refused as a whole; the message names its line.
Root or the user of
.BR lacpd (8)
has to own the file and its directory, and others must not be able to write to them.
.SH KEYS
`)
	manOf(&b, options)
	manOfSection(&b)
	b.WriteString(".SH FILES\n.I /etc/lagkit/bonds.yaml\n.SH SEE ALSO\n.BR lacpd (8)\n")
	return b.String()
}

// manOfSection writes the part about the section chassis.
func manOfSection(b *strings.Builder) {
	b.WriteString(`.SH SEVERAL BOXES WITH ONE LAG
` + Roff(strings.ReplaceAll(chassisIntro, "`", "")) + `
A bond with
.B lag
is this box\(aqs part of such a LAG.
.PP
.EX
chassis:
  group: nas1
  name: head\-a
  heartbeat: [10.0.0.1, 192.168.7.1]
  peers: {head\-b: [10.0.0.2, 192.168.7.2]}
  heartbeat_secret: /etc/lagkit/secret
  store: {etcd: [https://10.0.0.1:2379, https://10.0.0.2:2379, https://10.0.0.3:2379],
          ca: /etc/lagkit/ca.pem, cert: /etc/lagkit/cert.pem, key: /etc/lagkit/key.pem}
bonds:
  \- name: bond0
    ports: [eth1, eth2]
    lag: uplink
.EE
.PP
The keys of the section. Those with a dot stand in a mapping:
`)
	manOf(b, chassisOptions)
}

func manOf[T any](b *strings.Builder, entries []entry[T]) {
	for i := range entries {
		o := &entries[i]
		fmt.Fprintf(b, ".TP\n\\fB%s\\fR: %s\n%s\n", Roff(o.key), Roff(o.valueText()), Roff(o.sentence()))
	}
}

// Roff returns text for a manual page.
func Roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "~", `\(ti`, "^", `\(ha`, "`", `\(ga`).Replace(text)
}

// valueText returns which values are allowed, and the default.
func (o *entry[T]) valueText() string {
	switch {
	case o.required:
		return o.kind.allowed + " (required)"
	case o.standard != "":
		return o.kind.allowed + " (default " + o.standard + ")"
	}
	return o.kind.allowed
}

// sentence returns what the option sets, the protocols that use it, and its aliases.
func (o *entry[T]) sentence() string {
	s := strings.ToUpper(o.help[:1]) + o.help[1:] + "."
	if o.modes != nil {
		s += " Only for protocol " + o.modeNames() + "."
	}
	if o.aliases != nil {
		s += " Other programs call it " + anyOf(o.aliases) + "."
	}
	return s
}

// wrap writes text in lines of at most 80 characters.
func wrap(b *strings.Builder, indent, text string) {
	const width = 80
	at := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case at == 0:
			b.WriteString(indent + word)
			at = len(indent) + len(word)
		case at+1+len(word) > width:
			b.WriteString("\n" + indent + word)
			at = len(indent) + len(word)
		default:
			b.WriteString(" " + word)
			at += 1 + len(word)
		}
	}
	b.WriteString("\n")
}

// Keys returns the names of all keys.
func Keys() []string {
	names := make([]string, len(options))
	for i := range options {
		names[i] = options[i].key
	}
	return names
}
