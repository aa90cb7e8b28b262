package netlab

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Traffic holds an interface's counters.
type Traffic struct {
	RxOctets, RxPackets, TxOctets, TxPackets uint64
}

// Since returns the difference of the counters since b.
func (a Traffic) Since(b Traffic) Traffic {
	return Traffic{a.RxOctets - b.RxOctets, a.RxPackets - b.RxPackets, a.TxOctets - b.TxOctets, a.TxPackets - b.TxPackets}
}

// Traffic returns the counters of the namespace's interfaces, by name.
func (n *NS) Traffic(t testing.TB) map[string]Traffic {
	t.Helper()
	var text []byte
	n.Must(t, func() (err error) {
		// The thread's file: the process as a whole is in another namespace.
		text, err = os.ReadFile("/proc/thread-self/net/dev")
		return err
	})
	all := make(map[string]Traffic)
	for line := range strings.Lines(string(text)) {
		name, values, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		var c Traffic
		var skip uint64
		if _, err := fmt.Sscan(values, &c.RxOctets, &c.RxPackets, &skip, &skip, &skip, &skip, &skip, &skip, &c.TxOctets, &c.TxPackets); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all[strings.TrimSpace(name)] = c
	}
	return all
}
