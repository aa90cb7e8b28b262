package lacp_test

import (
	"fmt"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// end is one System of the examples, with the state of its loop.
type end struct {
	*lacp.System
	peer  *end
	flush lacp.PortNumber // asked for by ActionFlush
}

// connect returns two Systems with the given number of links. Each link connects the
// two ports with the same number.
func connect(now time.Time, links int, config lacp.Config) (a, b *end) {
	ends := [2]*end{}
	for i := range ends {
		config.System = lacp.SystemID{MAC: lacp.MAC{2, 0, 0, 0, 0, byte(10 + i)}}
		sys, err := lacp.NewSystem(config)
		if err != nil {
			panic(err)
		}
		ends[i] = &end{System: sys}
		for n := range links {
			ends[i].add(now, lacp.PortNumber(n+1))
		}
	}
	a, b = ends[0], ends[1]
	a.peer, b.peer = b, a
	return a, b
}

func (e *end) add(now time.Time, n lacp.PortNumber) {
	err := e.AddPort(now, lacp.PortConfig{Number: n, Key: 1, MAC: lacp.MAC{2, 0, 0, 0, 1, byte(n)}, ShortTimeout: true})
	if err != nil {
		panic(err)
	}
}

// act carries out the System's actions. A real loop sends the frame and sets the data
// path of the port.
func (e *end) act(now time.Time) (acted bool) {
	for _, action := range e.Actions() {
		acted = true
		switch action.Kind {
		case lacp.ActionTransmit:
			_, _ = e.peer.Receive(now, action.Port, action.AppendFrame(nil)) // an error is for a log
		case lacp.ActionMux:
			// Let action.Port collect and distribute as in action.Mux.
		case lacp.ActionFlush:
			e.flush = action.Port // send a Marker here and call Flushed when its response comes
		case lacp.ActionDrained:
			fmt.Println("port", action.Port, "is drained")
		}
	}
	return acted
}

// run advances virtual time for both ends.
func run(now time.Time, d time.Duration, ends ...*end) time.Time {
	until := now.Add(d)
	for {
		for busy := true; busy; {
			busy = false
			for _, e := range ends {
				busy = e.act(now) || busy
			}
		}
		next := until
		for _, e := range ends {
			if at := e.Deadline(); !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		if now = next; !now.Before(until) {
			return until
		}
		for _, e := range ends {
			e.Advance(now)
		}
	}
}

func (e *end) up(now time.Time, n lacp.PortNumber) {
	if err := e.SetLink(now, n, lacp.Link{Up: true, SpeedMbps: 1000, Duplex: lacp.DuplexFull}); err != nil {
		panic(err)
	}
}

func (e *end) show(n lacp.PortNumber) {
	st, _ := e.Port(n)
	fmt.Println("port", n, st.Actor.State, st.Reason)
}

// The loop passes in inputs with their time, carries out actions, and calls Advance
// when Deadline is reached. Here two Systems share the loop, and time is virtual.
func Example() {
	now := time.Unix(0, 0)
	a, b := connect(now, 1, lacp.Config{})
	a.up(now, 1)
	b.up(now, 1)
	now = run(now, time.Second, a, b)
	a.show(1)
	run(now, 2*time.Second, a, b)
	a.show(1)
	// Output:
	// port 1 *****GSA WaitWhile
	// port 1 **DCSGSA Distributing
}

// Two of three links are used. The third one takes over from a link that fails.
func ExampleConfig_standby() {
	now := time.Unix(0, 0)
	a, b := connect(now, 3, lacp.Config{MaxLinks: 2})
	for n := lacp.PortNumber(1); n <= 3; n++ {
		a.up(now, n)
		b.up(now, n)
	}
	now = run(now, 3*time.Second, a, b)
	a.show(3)
	for _, e := range []*end{a, b} {
		if err := e.SetLink(now, 1, lacp.Link{}); err != nil {
			panic(err)
		}
	}
	run(now, 100*time.Millisecond, a, b)
	a.show(1)
	a.show(3)
	// Output:
	// port 3 *****GSA Standby (have port 3 of priority 32768, want one of the first 2)
	// port 1 *****GSA LinkDown
	// port 3 **DCSGSA Distributing
}

// Drain takes a port out of use without losing a frame.
func ExampleSystem_Drain() {
	now := time.Unix(0, 0)
	a, b := connect(now, 2, lacp.Config{})
	for n := lacp.PortNumber(1); n <= 2; n++ {
		a.up(now, n)
		b.up(now, n)
	}
	now = run(now, 3*time.Second, a, b)
	_ = a.Drain(now, 1) // port 1 exists
	now = run(now, time.Millisecond, a, b)
	a.show(1)                   // it no longer distributes
	_ = a.Flushed(now, a.flush) // as above
	run(now, 200*time.Millisecond, a, b)
	a.show(1)
	// Output:
	// port 1 ***CSGSA Draining
	// port 1 is drained
	// port 1 *****GSA Draining
}

// A process restarts and its successor continues from the saved state. The partner
// sees no change.
func ExampleSystem_Restore() {
	now := time.Unix(0, 0)
	a, b := connect(now, 1, lacp.Config{})
	a.up(now, 1)
	b.up(now, 1)
	now = run(now, 3*time.Second, a, b)

	octets, _ := a.Save(now).MarshalBinary() // write this to a file

	now = now.Add(time.Second)
	var saved lacp.Saved
	if err := saved.UnmarshalBinary(octets); err != nil {
		panic(err)
	}
	sys, _ := lacp.NewSystem(lacp.Config{System: a.ID()})
	sys.Restore(now, saved)
	a = &end{System: sys, peer: b}
	b.peer = a
	a.add(now, 1)
	a.up(now, 1)
	run(now, time.Millisecond, a, b)
	a.show(1)
	b.show(1)
	fmt.Println("since", b.Since(1, lacp.MachineMux).Sub(time.Unix(0, 0)))
	// Output:
	// port 1 **DCSGSA Distributing
	// port 1 **DCSGSA Distributing
	// since 2s
}
