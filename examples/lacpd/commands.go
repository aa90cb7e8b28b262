package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

// command is one of lacpd's commands. The usage texts are made from it.
type command struct {
	name  string
	args  string // its arguments in the usage, such as "BOND MEMBER"
	brief string // what it does, in a few words
	help  string // the same in full, as sentences without their subject
	keys  bool   // it has to do with the keys of a configuration file
	needs string // a flag that has to be given

	least, most int // how many arguments it takes

	// setup adds the command's flags and returns what runs it once they are parsed.
	setup func(f *flag.FlagSet) runFunc
}

// runFunc runs a command with its arguments and returns the exit status.
type runFunc func(ctx context.Context, args []string, stdout, stderr io.Writer) int

// anyNumber as a command's most stands for no limit.
const anyNumber = -1

// commands returns all commands in the order of the usage.
func commands() []*command {
	return []*command{
		&runCommand,
		&checkCommand,
		&convertCommand,
		&statusCommand,
		&historyCommand,
		&explainCommand,
		&doctorCommand,
		&metricsCommand,
		&watchCommand,
		&drainCommand,
		&undrainCommand,
		&addCommand,
		&removeCommand,
		&setCommand,
		&downCommand,
		&upCommand,
		&gateCommand,
		&diffCommand,
		&applyCommand,
		&confirmCommand,
		&rollbackCommand,
		&handoverCommand,
		&chassisCommand,
		&versionCommand,
	}
}

func findCommand(name string) *command {
	all := commands()
	if i := slices.IndexFunc(all, func(c *command) bool { return c.name == name }); i >= 0 {
		return all[i]
	}
	return nil
}

// commandNames returns the names as in "run, check or status".
func commandNames() string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// prepare returns the command's flags, and what runs it once they are parsed.
func (c *command) prepare() (*flag.FlagSet, runFunc) {
	f := flag.NewFlagSet("lacpd "+c.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f, c.setup(f)
}

// flags returns the command's flags for its description.
func (c *command) flags() *flag.FlagSet {
	f, _ := c.prepare()
	return f
}

// flagValue returns what stands for the value of a flag in the usage; "" for a switch.
func flagValue(f *flag.Flag) string {
	value, _ := flag.UnquoteUsage(f)
	return value
}

// synopsis returns the command with all its flags and arguments.
func (c *command) synopsis() string {
	words := []string{"lacpd", c.name}
	c.flags().VisitAll(func(f *flag.Flag) {
		text := strings.TrimSpace("-" + f.Name + " " + flagValue(f))
		if f.Name != c.needs {
			text = "[" + text + "]"
		}
		words = append(words, text)
	})
	if c.args != "" {
		words = append(words, c.args)
	}
	return "usage: " + hanging(words, 7)
}

// usage returns what lacpd COMMAND -h prints.
func (c *command) usage() string {
	var b strings.Builder
	b.WriteString(c.synopsis() + "\n" + hanging(strings.Fields(c.sentences()), 0))
	flags := c.flags()
	flags.VisitAll(func(f *flag.Flag) {
		value, help := flag.UnquoteUsage(f)
		b.WriteString("\n  " + strings.TrimSpace("-"+f.Name+" "+value) + "\n")
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" {
			help += " (default " + f.DefValue + ")"
		}
		b.WriteString("      " + hanging(strings.Fields(help), 6))
	})
	if c.keys {
		b.WriteString("\nlacpd help keys describes the keys of a FILE.\n")
	}
	return b.String()
}

// sentences returns the help with its subject.
func (c *command) sentences() string { return "lacpd " + c.name + " " + c.help }

// usage returns what lacpd -h prints: one screen.
func usage() string {
	var b strings.Builder
	b.WriteString("usage: lacpd COMMAND [flags] [arguments]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-10s%s\n", c.name, c.brief)
	}
	b.WriteString("\nlacpd COMMAND -h describes a command. Its flags may stand before or after its\n" +
		"arguments. lacpd help keys describes the keys of a configuration file.\n" +
		"\nExit status: 0 success, 1 failure while running, 2 refused configuration or\nusage.\n")
	return b.String()
}

// keysTopic is what lacpd help describes apart from the commands.
const keysTopic = "keys"

// help runs lacpd help with its arguments and returns the exit status.
func help(args []string, stdout, stderr io.Writer) int {
	var text string
	switch c := findCommand(first(args)); {
	case len(args) == 0:
		text = usage()
	case len(args) > 1:
		return misused(stderr, nil, fmt.Sprintf("argument %q not expected", args[1]))
	case args[0] == keysTopic:
		text = "The FILE of a command is a list \"bonds\", each with:\n" + config.Usage()
	case c != nil:
		text = c.usage()
	default:
		return misused(stderr, nil, fmt.Sprintf("command %q unknown: want %s", args[0], commandNames()))
	}
	_, err := io.WriteString(stdout, text)
	return ended(stderr, err)
}

// hanging puts words into lines of at most 80 characters. All lines but the first are indented.
func hanging(words []string, indent int) string {
	const width = 80
	var b strings.Builder
	at := indent
	for i, w := range words {
		switch {
		case i == 0:
		case at+1+len(w) > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(w)
		at += len(w)
	}
	b.WriteByte('\n')
	return b.String()
}
