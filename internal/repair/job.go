// Package repair undoes what other programs change about an interface: its MAC address, its
// MTU, and what the link itself knows how to put back.
package repair

import (
	"errors"
	"net"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Job is one repair of one interface. It waits for the kernel.
type Job struct {
	Link   link.Port
	Faults link.Faults // to repair
	Wanted

	Result
}

// Result is what a [Job] has found and done.
type Result struct {
	FoundAddr lacp.MAC // the address that was found; zero: the address was right already
	FoundMTU  int      // the MTU that was found; 0: the MTU was right already

	AddrErr, MTUErr error
	OthersErr       error // of the other faults
}

// Run repairs the faults.
func (j *Job) Run() {
	if j.Faults&link.FaultAddr != 0 {
		j.AddrErr = j.repairAddr()
	}
	if j.Faults&link.FaultMTU != 0 {
		j.MTUErr = j.repairMTU()
	}
	if others := j.Others(); others != 0 {
		j.OthersErr = errors.ErrUnsupported
		if r, ok := j.Link.(link.Repairer); ok {
			j.OthersErr = r.Repair(others)
		}
	}
}

// Others returns the faults that the link itself repairs.
func (j *Job) Others() link.Faults {
	return j.Faults &^ (link.FaultAddr | link.FaultMTU)
}

// repairAddr reads the address first, because the state may be older than the last change.
func (j *Job) repairAddr() error {
	l, ok := j.Link.(link.AddressSetter)
	if !ok {
		return errors.ErrUnsupported
	}
	now, _, err := l.InterfaceAddr()
	if err != nil || lacp.MAC(now) == j.Addr {
		return err
	}
	j.FoundAddr = lacp.MAC(now)
	return l.SetHardwareAddr(net.HardwareAddr(j.Addr[:]))
}

func (j *Job) repairMTU() error {
	l, ok := j.Link.(link.MTUSetter)
	if !ok {
		return errors.ErrUnsupported
	}
	now, err := l.MTU()
	if err != nil || now == j.MTU {
		return err
	}
	j.FoundMTU = now
	return l.SetMTU(j.MTU)
}

// took returns the faults among the address and the MTU that the repair has ended.
func (j *Job) took() (f link.Faults) {
	if j.AddrErr == nil {
		f |= j.Faults & link.FaultAddr
	}
	if j.MTUErr == nil {
		f |= j.Faults & link.FaultMTU
	}
	return f
}

// Record records in a state the address and the MTU that the repair has set, because the link's own
// report may still be on its way. Only the link can report that any other fault is gone: the fault
// may have come back while the repair ran, and would then not be reported as new.
func (j *Job) Record(st *link.State) {
	took := j.took()
	if took&link.FaultAddr != 0 {
		st.Addr = j.Addr
	}
	if took&link.FaultMTU != 0 {
		st.MTU = j.MTU
	}
}

// Left returns the faults that remain, except those that the link can't repair.
func (j *Job) Left() (f link.Faults) {
	for _, part := range []struct {
		faults link.Faults
		err    error
	}{{link.FaultAddr, j.AddrErr}, {link.FaultMTU, j.MTUErr}, {j.Others(), j.OthersErr}} {
		if part.err != nil && !errors.Is(part.err, errors.ErrUnsupported) {
			f |= j.Faults & part.faults
		}
	}
	return f
}

// failure describes how the repair failed; empty: it did not fail.
func (j *Job) failure() string {
	if err := errors.Join(j.AddrErr, j.MTUErr, j.OthersErr); err != nil {
		return j.Faults.String() + ": " + err.Error()
	}
	return ""
}
