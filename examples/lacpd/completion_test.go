package main

import (
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

// words are what may stand for a placeholder of the usage, such as FILE: paths, names of
// interfaces or a list.
type words struct {
	files, dirs, interfaces bool
	list                    []string
}

func wordsFor(placeholder string) words {
	switch placeholder {
	case "FILE", "PATH":
		return words{files: true}
	case "DIR":
		return words{dirs: true}
	case "BOND", "MEMBER", "INTERFACE":
		return words{interfaces: true}
	case "FORMAT":
		return words{list: formatNames()}
	case "KEY=VALUE":
		list := config.Keys()
		for i := range list {
			list[i] += "="
		}
		return words{list: list}
	}
	return words{}
}

// argumentWords returns what may stand for the arguments of a command, whatever their number.
func (c *command) argumentWords() (all words) {
	split := func(r rune) bool { return strings.ContainsRune(" []|.", r) }
	for _, placeholder := range strings.FieldsFunc(c.args, split) {
		w := wordsFor(placeholder)
		if placeholder == strings.ToLower(placeholder) {
			w.list = []string{placeholder} // a word of the command
		}
		all.files, all.dirs, all.interfaces = all.files || w.files, all.dirs || w.dirs, all.interfaces || w.interfaces
		all.list = append(all.list, w.list...)
	}
	return all
}

// visitFlags calls visit for each flag of a command. placeholder is "" for a switch.
func (c *command) visitFlags(visit func(name, placeholder, help string)) {
	c.flags().VisitAll(func(f *flag.Flag) {
		placeholder, help := flag.UnquoteUsage(f)
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
			placeholder = "" // its value follows "=" at most
		}
		visit(f.Name, placeholder, help)
	})
}

// summary returns the first sentence of a command's help.
func (c *command) summary() string {
	text, _, _ := strings.Cut(c.help, ". ")
	return strings.TrimSuffix(text, ".")
}

const generated = "# Made from the table of commands.\n"

func bashCompletion() string {
	reply := func(w words) string {
		compgen := "compgen"
		if w.files {
			compgen += " -f"
		}
		if w.dirs {
			compgen += " -d"
		}
		list := slices.Clone(w.list)
		if w.interfaces {
			list = append(list, "$(command ls /sys/class/net 2>/dev/null)")
		}
		if list != nil {
			compgen += ` -W "` + strings.Join(list, " ") + `"`
		}
		return `COMPREPLY=($(` + compgen + ` -- "$cur"))`
	}
	var names []string
	var values, flags, args strings.Builder
	for _, c := range commands() {
		names = append(names, c.name)
		var all []string
		c.visitFlags(func(name, placeholder, _ string) {
			all = append(all, "-"+name)
			if placeholder != "" {
				fmt.Fprintf(&values, "\t%s,-%s) %s; return ;;\n", c.name, name, orNothing(wordsFor(placeholder), reply))
			}
		})
		fmt.Fprintf(&flags, "\t%s,-*) %s; return ;;\n", c.name, reply(words{list: all}))
		if c.args != "" {
			fmt.Fprintf(&args, "\t%s) %s ;;\n", c.name, orNothing(c.argumentWords(), reply))
		}
	}
	return generated + `_lacpd() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		` + reply(words{list: names}) + `
		return
	fi
	case $command,$prev in
` + values.String() + `	esac
	case $command,$cur in
` + flags.String() + `	esac
	case $command in
` + args.String() + `	esac
}
complete -o filenames -F _lacpd lacpd
`
}

// orNothing returns reply for words, or without words a command that does nothing.
func orNothing(w words, reply func(words) string) string {
	if !w.files && !w.dirs && !w.interfaces && w.list == nil {
		return ":"
	}
	return reply(w)
}

func zshCompletion() string {
	escape := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	action := func(w words) string {
		list := slices.Clone(w.list)
		if w.interfaces {
			list = append(list, "${(f)$(ls /sys/class/net)}")
		}
		switch {
		case list != nil:
			return "compadd - " + strings.Join(list, " ")
		case w.files:
			return "_files"
		case w.dirs:
			return "_files -/"
		}
		return ""
	}
	var names, cases strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&names, "\t\t'%s:%s'\n", c.name, escape.Replace(c.summary()))
		fmt.Fprintf(&cases, "\t\t%s) _arguments", c.name)
		c.visitFlags(func(name, placeholder, help string) {
			fmt.Fprintf(&cases, " \\\n\t\t\t'-%s[%s]", name, escape.Replace(help))
			if placeholder != "" {
				fmt.Fprintf(&cases, ":%s:%s", placeholder, action(wordsFor(placeholder)))
			}
			cases.WriteString("'")
		})
		if c.args != "" {
			fmt.Fprintf(&cases, " \\\n\t\t\t'*:%s:%s'", escape.Replace(c.args), action(c.argumentWords()))
		}
		cases.WriteString(" ;;\n")
	}
	return "#compdef lacpd\n" + generated + `_lacpd() {
	local context state line
	typeset -A opt_args
	local -a commands=(
` + names.String() + `	)
	_arguments -C '1:command:->command' '*::argument:->argument'
	case $state in
	command) _describe command commands ;;
	argument)
		case $line[1] in
` + cases.String() + `		esac ;;
	esac
}
_lacpd "$@"
`
}

func fishCompletion() string {
	escape := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	values := func(w words) string {
		list := slices.Clone(w.list)
		if w.interfaces {
			list = append(list, "(command ls /sys/class/net)")
		}
		text := ""
		switch {
		case w.files:
			text = " -F"
		case w.dirs:
			text = " -a '(__fish_complete_directories)'"
		}
		if list != nil {
			text += " -a '" + escape.Replace(strings.Join(list, " ")) + "'"
		}
		return text
	}
	var b strings.Builder
	b.WriteString(generated + "complete -c lacpd -f\n")
	for _, c := range commands() {
		seen := "complete -c lacpd -n '__fish_seen_subcommand_from " + c.name + "'"
		fmt.Fprintf(&b, "complete -c lacpd -n __fish_use_subcommand -a %s -d '%s'\n", c.name, escape.Replace(c.summary()))
		c.visitFlags(func(name, placeholder, help string) {
			fmt.Fprintf(&b, "%s -o %s -d '%s'", seen, name, escape.Replace(help))
			if placeholder != "" {
				b.WriteString(" -r" + values(wordsFor(placeholder)))
			}
			b.WriteString("\n")
		})
		if text := values(c.argumentWords()); text != "" {
			b.WriteString(seen + text + "\n")
		}
	}
	return b.String()
}

// TestBashCompletes checks what bash offers for commands, flags and their values.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	for _, tt := range []struct{ line, want string }{
		{"lacpd ve", "version"},
		{"lacpd run -no", "-no-sandbox"},
		{"lacpd status -format op", "openconfig"},
		{"lacpd check -config packaging/bonds", "packaging/bonds.yaml"},
		{"lacpd check -socket packaging/bonds", "packaging/bonds.yaml"},
		{"lacpd version -", "-json"},
		{"lacpd nonsense x", ""},
	} {
		script := `. packaging/completion/lacpd.bash; COMP_WORDS=(` + tt.line + `); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _lacpd; echo "${COMPREPLY[*]}"`
		out, err := exec.Command(bash, "-c", script).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
			t.Errorf("%q completes to %q, error %v, want %q", tt.line, got, err, tt.want)
		}
	}
}

// TestCompletionsAreValid checks the syntax of the completions with their shells.
func TestCompletionsAreValid(t *testing.T) {
	for shell, file := range map[string]string{"bash": "lacpd.bash", "zsh": "_lacpd", "fish": "lacpd.fish"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s is not installed: %s is not checked", shell, file)
			continue
		}
		if out, err := exec.Command(path, "-n", filepath.Join("packaging", "completion", file)).CombinedOutput(); err != nil {
			t.Errorf("%s -n %s: %v\n%s", shell, file, err, out)
		}
	}
}
