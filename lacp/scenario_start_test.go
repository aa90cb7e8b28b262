package lacp_test

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// quick is the Config of a System that converges quickly.
var quick = lacp.Config{RequirePartner: true, TreatExpiredAsOutOfSync: true, AlignPeriodicTx: true, RetryFirstLACPDU: true, WithdrawOnExpired: true}

// The ends of a link detect their carriers at different times. The link is used two
// seconds after both ends have heard each other. Neither the limit of three LACPDUs per
// second nor AlignPeriodicTx delays it.
func TestTimeToForm(t *testing.T) {
	for _, end := range []lacp.PortConfig{fast, {ShortTimeout: true, Passive: true}} {
		for late := time.Duration(0); late < 1500*ms; late += 10 * ms {
			n := newBench(t, 1, side{quick, fast}, side{quick, end})
			n.links[0].SetCarrierAt(n.a.Ports[0], true)
			n.pass(late)
			n.links[0].SetCarrierAt(n.b.Ports[0], true)
			heard := func() bool {
				for _, p := range ends(n.links[0], n) {
					if p.Status().Receive != lacp.ReceiveCurrent {
						return false
					}
				}
				return true
			}
			wait := n.within(1030*ms, "both ends hear each other", heard)
			if want := 30 * ms; !end.Passive && wait > want {
				t.Errorf("%v late: heard after %v, want %v at most", late, wait, want)
			}
			n.within(2100*ms, "both ends use the link", n.allUsable)
		}
	}
}

// A Passive end that comes back answers the first LACPDU, even though its partner still
// has its values.
func TestPassiveAnswersAPartnerThatKnowsIt(t *testing.T) {
	n := newBench(t, 1, side{quick, fast}, side{quick, lacp.PortConfig{ShortTimeout: true, Passive: true}})
	n.converge()
	a, b := n.a.Ports[0], n.b.Ports[0]
	n.b.Stop()
	n.pass(4 * second)
	if st := a.Status(); st.Receive != lacp.ReceiveExpired {
		t.Fatalf("the other end is in %v", st.Receive)
	}
	n.forget()
	if err := n.b.Start(); err != nil {
		t.Fatal(err)
	}
	n.within(second, "the Passive end hears", func() bool { return b.Status().Receive == lacp.ReceiveCurrent })
	n.pass(20 * ms)
	if got := len(n.sent[b]); got != 1 || a.Status().Receive != lacp.ReceiveCurrent {
		t.Errorf("%d LACPDUs, the other end is in %v", got, a.Status().Receive)
	}
}
