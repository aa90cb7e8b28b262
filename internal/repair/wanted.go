package repair

import (
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Wanted is what an interface should have. Zero means what it has in its next report.
type Wanted struct {
	Addr lacp.MAC
	MTU  int
}

// Learn takes the values that are not known yet from a report.
func (w *Wanted) Learn(st link.State) {
	if w.Addr == (lacp.MAC{}) {
		w.Addr = st.Addr
	}
	if w.MTU == 0 {
		w.MTU = st.MTU
	}
}

// LearnOf is Learn for a member. It also takes the values that the bond can't set on it, because
// these are the host's to change.
func (w *Wanted) LearnOf(l link.Port, st link.State) {
	if _, ok := l.(link.AddressSetter); !ok {
		w.Addr = lacp.MAC{}
	}
	if _, ok := l.(link.MTUSetter); !ok {
		w.MTU = 0
	}
	w.Learn(st)
}

// Faults returns the faults that a state of the interface shows. Values that the state does not have
// are none.
func (w *Wanted) Faults(st link.State) link.Faults {
	f := st.Faults
	if st.Addr != (lacp.MAC{}) && st.Addr != w.Addr {
		f |= link.FaultAddr
	}
	if st.MTU != 0 && st.MTU != w.MTU {
		f |= link.FaultMTU
	}
	return f
}
