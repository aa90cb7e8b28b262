package intake

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

var (
	start    = time.Unix(1000, 0)
	partner  = lacp.MAC{2, 0, 0, 0, 0, 1}
	stranger = lacp.MAC{2, 0, 0, 0, 0, 2}
	own      = lacp.MAC{2, 0, 0, 0, 0, 3}
)

func isOwn(a lacp.MAC) bool { return a == own }

func lacpdu(source lacp.MAC) []byte {
	a := lacp.Action{PDU: lacp.PDU{Version: 1}, Source: source, Destination: lacp.SlowProtocolsMulticast}
	return a.AppendFrame(nil)
}

func TestEachKindHasItsOwnBudget(t *testing.T) {
	k := New(start)
	k.Admit(start, lacpdu(partner), isOwn)
	oam := append([]byte(nil), lacpdu(partner)...)
	oam[14] = 3 // the subtype
	for name, frame := range map[string][]byte{"LACPDUs of a stranger": lacpdu(stranger), "own LACPDUs": lacpdu(own), "OAM": oam} {
		admitted := 0
		for range 1000 {
			if k.Admit(start, frame, isOwn) {
				admitted++
			}
		}
		if admitted != burst {
			t.Errorf("%s: %d of 1000 at once admitted, want %d", name, admitted, burst)
		}
		if !k.Admit(start, lacpdu(partner), isOwn) {
			t.Errorf("after 1000 %s: the partner's LACPDU is refused, want it admitted", name)
		}
	}
	if got := k.Partner(); got != partner {
		t.Errorf("partner %v, want %v", got, partner)
	}
}

func TestBudgetGrowsAgain(t *testing.T) {
	k := New(start)
	count := func(at time.Time) (n int) {
		for range 1000 {
			if k.Admit(at, lacpdu(partner), isOwn) {
				n++
			}
		}
		return n
	}
	count(start)
	if got := count(start.Add(time.Second)); got != perSecond {
		t.Errorf("%d admitted a second later, want %d", got, perSecond)
	}
	if got := count(start.Add(time.Hour)); got != burst {
		t.Errorf("%d admitted an hour later, want %d", got, burst)
	}
}

func TestPartnerThatIsSilentIsReplaced(t *testing.T) {
	k := New(start)
	k.Admit(start, lacpdu(partner), isOwn)
	k.Admit(start.Add(partnerSilence), lacpdu(stranger), isOwn)
	if got := k.Partner(); got != partner {
		t.Errorf("partner %v after %v of silence, want still %v", got, partnerSilence, partner)
	}
	k.Admit(start.Add(partnerSilence+time.Second), lacpdu(stranger), isOwn)
	if got := k.Partner(); got != stranger {
		t.Errorf("partner %v, want %v, which speaks", got, stranger)
	}
}
