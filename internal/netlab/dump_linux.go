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

// Dump is all that a namespace keeps for its interfaces, apart from counters and what
// it has learnt: links, addresses, routes of all tables, rules, neighbours that stay,
// queueing disciplines, filters, groups, settings.
type Dump struct {
	text string
	ends []uint64 // when lifetimes end, in seconds since boot, by their order in text
}

// slack is by how many seconds lifetimes may differ: the kernel rounds them twice.
const slack = 2

// dumpCommands list what belongs to the namespace.
var dumpCommands = []string{
	"ip -d addr show",
	"ip -4 route show table all",
	"ip nexthop show",
	"ip -4 rule show",
	"ip -6 rule show",
	"ip token list",
}

// unorderedCommands list what has no order of its own. The kernel puts an IPv6 route
// behind those of its prefix and metric over other interfaces.
var unorderedCommands = []string{
	"ip -o -6 route show table all",
	"ip -4 neigh show nud permanent",
	"ip -6 neigh show nud permanent",
	"ip -4 neigh show nud noarp",
	"ip neigh show proxy",
	"bridge fdb show",
}

// unorderedLinkCommands list what belongs to one interface and has no order.
var unorderedLinkCommands = []string{"ip maddr show dev %s"}

// linkCommands list what belongs to one interface.
var linkCommands = []string{
	"tc -d qdisc show dev %s",
	"tc -d class show dev %s",
	"tc -d filter show dev %s",
	"tc -d filter show dev %s ingress",
	"tc -d filter show dev %s egress",
	"ip netconf show dev %s",
}

// settingDirs hold the settings of an interface.
var settingDirs = []string{"ipv4/conf", "ipv4/neigh", "ipv6/conf", "ipv6/neigh"}

// learnt are words of the listings that change by themselves: what the kernel has found
// out of hosts, and use counts of filters.
var learnt = regexp.MustCompile(` (used \d+(/\d+)*|ref \d+|bind \d+|probes \d+|installed \d+ sec|used \d+ sec|firstused \d+ sec|tw_ord \d+)`)

var lifetime = regexp.MustCompile(`(valid_lft|preferred_lft|expires) (\d+)sec`)

// Dump reads everything. Interfaces named are dumped with their settings and filters.
func (n *NS) Dump(t testing.TB, names ...string) Dump {
	t.Helper()
	var b strings.Builder
	var d Dump
	n.Must(t, func() error {
		run := func(command string, sorted bool) error {
			args := strings.Fields(command)
			out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
			if err != nil && len(out) > 0 && !strings.Contains(string(out), "does not have any classifier") {
				return fmt.Errorf("%s: %w\n%s", command, err, out)
			}
			lines := strings.Split(string(out), "\n")
			if sorted {
				slices.Sort(lines)
			}
			fmt.Fprintf(&b, "# %s\n%s\n", command, strings.Join(lines, "\n"))
			return nil
		}
		for _, c := range dumpCommands {
			if err := run(c, false); err != nil {
				return err
			}
		}
		for _, c := range unorderedCommands {
			if err := run(c, true); err != nil {
				return err
			}
		}
		for _, name := range names {
			for _, c := range linkCommands {
				if err := run(fmt.Sprintf(c, name), false); err != nil {
					return err
				}
			}
			for _, c := range unorderedLinkCommands {
				if err := run(fmt.Sprintf(c, name), true); err != nil {
					return err
				}
			}
			for _, dir := range settingDirs {
				dumpSettings(&b, filepath.Join("/proc/sys/net", dir, name))
			}
		}
		return nil
	})
	now := uptime()
	d.text = learnt.ReplaceAllString(b.String(), "")
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

// Diff returns the lines in which two dumps differ, with - those of d and + those of
// other; "" if they are equal.
func (d Dump) Diff(other Dump) string {
	if d.text == other.text {
		return d.diffEnds(other)
	}
	a, b := strings.Split(d.text, "\n"), strings.Split(other.text, "\n")
	var out strings.Builder
	// The longest run of lines that both have in order is what is equal.
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
