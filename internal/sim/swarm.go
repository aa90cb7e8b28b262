package sim

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Settling is how soon after the last fault two Systems must use all links.
// A port that has lost its partner recovers with the next periodic LACPDU of either end,
// within 30 s at the Long Timeout. So does a port whose LACPDU with a changed Collecting
// was lost, because update_NTT does not check that bit. Then ports wait 2 s, four LACPDUs
// go back and forth, and the transmit limit may delay one of them by 1 s. Late frames sent
// before the fault ended, delayed by up to maxFaultDelay, may start all this again. A port
// may wait to be restored, and be dampened before that.
const Settling = lacp.SlowPeriodicTime + 2*lacp.AggregateWaitTime + 2*time.Second + maxFaultDelay + maxRestore + maxDampening

// The longest of these times in a Swarm.
const (
	maxRestore   = 2 * time.Second
	maxDampening = 4 * time.Second // from a penalty of 8,000 to 750 with a half-life of 1 s
)

// maxFaultDelay is the longest delay of a frame in a Swarm.
const maxFaultDelay = 2 * time.Second

// Swarm runs the script that [SwarmScript] draws from a seed. It returns the first
// violation of an invariant, or an error if the Systems do not use their links
// [Settling] after the faults end. setup may prepare the Network. Swarm returns the
// Network for inspection.
func Swarm(seed uint64, setup func(*Network)) (*Network, error) {
	n, err := runQuietly(SwarmScript(seed), setup)
	var bad *scriptError
	if errors.As(err, &bad) {
		err = fmt.Errorf("the script of seed %d can't be run: %w", seed, err)
	}
	return n, err
}

// Shrink removes the lines that a failing script does not need in order to fail. It
// returns the remaining lines and the error they cause.
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

// scriptError is an error of a command, not of an invariant.
type scriptError struct{ err error }

func (e *scriptError) Error() string { return e.err.Error() }
func (e *scriptError) Unwrap() error { return e.err }

// runQuietly runs a script without output.
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

// Describe lists the Systems, ports and links of a run of Swarm.
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
