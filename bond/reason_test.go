package bond_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/lacp"
)

// rigid is a link whose MTU can't be changed.
type rigid struct {
	*linktest.Link
	changes *link.Reports
}

func (r rigid) Watch(f func(link.State)) { r.changes.Watch(f) }
func (r rigid) SetMTU(int) error         { return errors.ErrUnsupported }

func TestMTUMismatch(t *testing.T) {
	for _, mode := range []bond.Mode{bond.ModeLoadBalance, bond.ModeLACP} {
		t.Run(mode.String(), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { testMTUMismatch(t, mode) }) })
	}
}

func testMTUMismatch(t *testing.T, mode bond.Mode) {
	cable := linktest.NewCable("m0", "far0")
	l := rigid{cable.A, new(link.Reports)}
	state := func(mtu int) {
		l.changes.Put(bond.LinkState{Link: lacp.Link{Up: true, Duplex: lacp.DuplexFull, SpeedMbps: 1000}, MTU: mtu})
		synctest.Wait()
	}
	b, err := bond.New(bond.Config{Mode: mode}, l)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var partner *bond.Bond
	if mode == bond.ModeLACP {
		if partner, err = bond.New(bond.Config{Mode: mode}, cable.B); err != nil {
			t.Fatal(err)
		}
		defer partner.Close()
	}
	reason := func() lacp.Reason {
		t.Helper()
		m := b.Status().Members[0]
		if !m.Carries {
			t.Errorf("no data is sent, reason %v, want data", m.Reason)
		}
		return m.Reason
	}
	state(1400)
	start := time.Now()
	time.Sleep(5 * time.Second)
	synctest.Wait()
	if got, want := reason(), (lacp.Reason{Code: lacp.ReasonMTUMismatch, Since: start, Have: "1400", Want: "1500"}); got != want {
		t.Errorf("MTU 1400: %+v, want %+v", got, want)
	}
	state(1500)
	if got := reason().Code; got != lacp.ReasonDistributing {
		t.Errorf("MTU 1500: reason %v, want Distributing", got)
	}
	if err := b.Set(func(c *bond.Config) { c.MTU = 9000 }); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Set() of MTU 9000 = %v, want errors.ErrUnsupported", err)
	}
	if got := reason().Code; got != lacp.ReasonDistributing {
		t.Errorf("after a refusal: reason %v, want Distributing", got)
	}
	if err := b.Set(func(c *bond.Config) { c.FlushTimeout = time.Millisecond }); err != nil {
		t.Error(err)
	}
	state(1300)
	if got := reason(); got.Code != lacp.ReasonMTUMismatch || got.Have != "1300" {
		t.Errorf("MTU 1300: reason %v, want MTUMismatch", got)
	}
}
