package privilege

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// needed lists the capabilities that lacpd needs, with their numbers.
var needed = []struct {
	name string
	bit  uint
}{{"CAP_NET_ADMIN", 12}, {"CAP_NET_RAW", 13}}

// Check returns an error that names the capabilities the process lacks. It returns nil if
// the system does not list them; opening a bond then finds out.
func Check() error {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		if mask, ok := strings.CutPrefix(line, "CapEff:"); ok {
			if set, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64); err == nil {
				return lacking(set)
			}
		}
	}
	return nil
}

func lacking(set uint64) error {
	var names []string
	for _, c := range needed {
		if set&(1<<c.bit) == 0 {
			names = append(names, c.name)
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("lacpd run lacks %s: start it as root, or with these capabilities", strings.Join(names, " and "))
}
