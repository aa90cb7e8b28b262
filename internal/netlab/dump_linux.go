package netlab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Dump holds all settings of a namespace's interfaces, without counters and learnt entries:
// links, addresses, routes of all tables, rules, permanent neighbours, queueing disciplines,
// filters, groups, settings.
type Dump struct {
	text string
	ends []uint64 // when lifetimes end, in seconds since boot, in the order of text
}

// slack is how many seconds lifetimes may differ by, because the kernel rounds them twice.
const slack = 2

// listing is a run of a tool that lists several kinds of objects. Its input is one command a
// line; a command with %s runs for each interface.
type listing struct {
	tool     string
	commands []string
	sorted   bool // its output has no order of its own
}

var listings = []listing{
	{"ip -d -batch -", []string{"addr show", "nexthop show", "token list", "netconf show dev %s"}, false},
	{"ip -4 -batch -", []string{"route show table all", "rule show"}, false},
	{"ip -6 -batch -", []string{"rule show"}, false},
	// The kernel puts an IPv6 route after those of its prefix and metric over other
	// interfaces.
	{"ip -o -6 -batch -", []string{"route show table all", "neigh show nud permanent", "neigh show proxy"}, true},
	{"ip -4 -batch -", []string{"neigh show nud permanent", "neigh show nud noarp", "neigh show proxy"}, true},
	{"bridge -batch -", []string{"fdb show"}, true},
	{"tc -d -batch -", []string{"qdisc show dev %s", "class show dev %s", "filter show dev %s",
		"filter show dev %s ingress", "filter show dev %s egress"}, false},
}

// run returns the output of a listing.
func (l listing) run(names []string) (string, error) {
	var in strings.Builder
	for _, c := range l.commands {
		if !strings.Contains(c, "%s") {
			fmt.Fprintln(&in, c)
			continue
		}
		for _, name := range names {
			fmt.Fprintf(&in, c+"\n", name)
		}
	}
	args := strings.Fields(l.tool)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", l.tool, err, out)
	}
	text := string(out)
	if l.sorted {
		lines := strings.Split(text, "\n")
		slices.Sort(lines)
		text = strings.Join(lines, "\n")
	}
	return "# " + l.tool + " " + strings.Join(l.commands, ", ") + "\n" + text + "\n", nil
}

// settingDirs contain the settings of an interface.
var settingDirs = []string{"ipv4/conf", "ipv4/neigh", "ipv6/conf", "ipv6/neigh"}

// learnt matches words in the listings that change by themselves: what the kernel has learnt
// about hosts, and use counts of filters.
var learnt = regexp.MustCompile(` (used \d+(/\d+)*|ref \d+|bind \d+|probes \d+|installed \d+ sec|used \d+ sec|firstused \d+ sec|tw_ord \d+)`)

// groups matches neighbours that the kernel makes for frames to groups.
var groups = regexp.MustCompile(`(?m)^.* lladdr (01:00:5e|33:33):.* NOARP.*\n`)

var lifetime = regexp.MustCompile(`(valid_lft|preferred_lft|expires) (\d+)sec`)

// Dump reads all settings. For the interfaces named it includes their settings and filters.
func (n *NS) Dump(t testing.TB, names ...string) Dump {
	t.Helper()
	var b strings.Builder
	var d Dump
	n.Must(t, func() error {
		for _, l := range listings {
			text, err := l.run(names)
			if err != nil {
				return err
			}
			b.WriteString(text)
		}
		for _, name := range names {
			joined, err := listing{"ip -batch -", []string{"maddr show dev %s"}, true}.run([]string{name}) // one per run
			if err != nil {
				return err
			}
			b.WriteString(joined)
			for _, dir := range settingDirs {
				dumpSettings(&b, filepath.Join("/proc/sys/net", dir, name))
			}
		}
		return nil
	})
	now := uptime()
	d.text = groups.ReplaceAllString(learnt.ReplaceAllString(b.String(), ""), "")
	d.text = lifetime.ReplaceAllStringFunc(d.text, func(s string) string {
		m := lifetime.FindStringSubmatch(s)
		seconds, _ := strconv.ParseUint(m[2], 10, 64)
		d.ends = append(d.ends, now+seconds)
		return m[1] + " (left)"
	})
	return d
}

func dumpSettings(b *strings.Builder, dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		value, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			value = []byte("-\n")
		}
		fmt.Fprintf(b, "%s/%s = %s", dir, e.Name(), value)
	}
}

func uptime() uint64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
	return uint64(ts.Sec)
}

// Diff returns the lines that differ between two dumps, those of d with - and those of other
// with +, or "" if the dumps are equal.
func (d Dump) Diff(other Dump) string {
	if d.text == other.text {
		return d.diffEnds(other)
	}
	a, b := strings.Split(d.text, "\n"), strings.Split(other.text, "\n")
	var out strings.Builder
	// Lines are equal if they are in the longest common subsequence.
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	heading := ""
	line := func(sign, text string) {
		if heading != "" {
			fmt.Fprintln(&out, heading)
			heading = ""
		}
		fmt.Fprintln(&out, sign+text)
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			if strings.HasPrefix(a[i], "# ") {
				heading = a[i]
			}
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			line("-", a[i])
			i++
		default:
			line("+", b[j])
			j++
		}
	}
	return out.String()
}

// diffEnds compares lifetimes.
func (d Dump) diffEnds(other Dump) string {
	var out strings.Builder
	for i := range min(len(d.ends), len(other.ends)) {
		if a, b := d.ends[i], other.ends[i]; a > b+slack || b > a+slack {
			fmt.Fprintf(&out, "lifetime %d ends at %d s and %d s after boot\n", i+1, a, b)
		}
	}
	return out.String()
}
