package lab

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab"
)

// traffic is what an interface has counted.
type traffic struct {
	rxOctets, rxPackets, txOctets, txPackets uint64
}

func (a traffic) since(b traffic) traffic {
	return traffic{a.rxOctets - b.rxOctets, a.rxPackets - b.rxPackets, a.txOctets - b.txOctets, a.txPackets - b.txPackets}
}

// counters returns the counters of all interfaces of a namespace.
func counters(t testing.TB, ns *netlab.NS) map[string]traffic {
	t.Helper()
	var text []byte
	ns.Must(t, func() (err error) {
		// The thread's: the process as a whole is in another namespace.
		text, err = os.ReadFile("/proc/thread-self/net/dev")
		return err
	})
	all := make(map[string]traffic)
	for line := range strings.Lines(string(text)) {
		name, values, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		var c traffic
		var skip uint64
		if _, err := fmt.Sscan(values, &c.rxOctets, &c.rxPackets, &skip, &skip, &skip, &skip, &skip, &skip, &c.txOctets, &c.txPackets); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all[strings.TrimSpace(name)] = c
	}
	return all
}
