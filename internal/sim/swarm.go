package sim

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Settling is how long after the last fault two Systems may take until they use
// all links. A port that has lost its partner is heard of again with the next
// periodic LACPDU of either end, within 30 s at the Long Timeout; a port whose
// LACPDU with a changed Collecting was lost is too, as update_NTT does not look
// at that bit. Then ports wait 2 s, four LACPDUs go to and fro, and the transmit
// limit may hold back one of them for 1 s. Late frames of before the fault's end,
// up to maxFaultDelay, may start it all once more. A port may wait to be restored,
// and be dampened before that.
const Settling = lacp.SlowPeriodicTime + 2*lacp.AggregateWaitTime + 2*time.Second + maxFaultDelay + maxRestore + maxDampening

// The longest times of these in a Swarm.
const (
	maxRestore   = 2 * time.Second
	maxDampening = 4 * time.Second // from a penalty of 8,000 to 750 with a half-life of 1 s
)

// maxFaultDelay is the longest delay of a frame in a Swarm.
const maxFaultDelay = 2 * time.Second

// Swarm runs the script that [SwarmScript] draws from a seed. It returns the first
// violation of an invariant, or an error if the Systems do not use their links
// [Settling] after the faults end. The Network, which setup may prepare, is
// returned for a look at it.
func Swarm(seed uint64, setup func(*Network)) (*Network, error) {
	n, err := runQuietly(SwarmScript(seed), setup)
	var bad *scriptError
	if errors.As(err, &bad) {
		err = fmt.Errorf("the script of seed %d can't be run: %w", seed, err)
	}
	return n, err
}

// Shrink leaves out of a script that fails, line after line, what it fails without,
// and returns the rest with the error it ends with.
func Shrink(lines []string, setup func(*Network)) ([]string, error) {
	fails := func(lines []string) error {
		_, err := runQuietly(lines, setup)
		var bad *scriptError
		if errors.As(err, &bad) {
			return nil
		}
		return err
	}
	err := fails(lines)
	if err == nil {
		return lines, nil
	}
	for size := len(lines) / 2; size >= 1; {
		shorter := false
		for from := 0; from+size <= len(lines); {
			without := append(append([]string(nil), lines[:from]...), lines[from+size:]...)
			if e := fails(without); e != nil {
				lines, err, shorter = without, e, true
				continue
			}
			from++
		}
		if !shorter || size > 1 {
			size /= 2
		}
	}
	return lines, err
}

// scriptError is an error of a command, and not of an invariant.
type scriptError struct{ err error }

func (e *scriptError) Error() string { return e.err.Error() }
func (e *scriptError) Unwrap() error { return e.err }

// runQuietly runs a script that shows nothing.
func runQuietly(lines []string, setup func(*Network)) (*Network, error) {
	s := newScript()
	if setup != nil {
		setup(s.network)
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		err := s.run(fields[0], fields[1:])
		if e := s.network.Err(); e != nil {
			return s.network, e
		}
		var v *violation
		if err != nil && !errors.As(err, &v) {
			err = &scriptError{fmt.Errorf("%q: %w", line, err)}
		}
		if err != nil {
			return s.network, err
		}
	}
	return s.network, nil
}

// Describe lists what a run of Swarm was about.
func (n *Network) Describe() string {
	var text strings.Builder
	for _, node := range n.nodes {
		fmt.Fprintf(&text, "%s %+v\n", node.Name, node.config)
		for _, p := range node.Ports {
			fmt.Fprintf(&text, "  %v to %v: %+v\n", p, p.Peer(), p.Config)
		}
	}
	return text.String()
}
