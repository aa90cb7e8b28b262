package lacp

import (
	"slices"
	"testing"
	"time"
)

// unsynced changes a partner's LACPDU to show us out of sync.
func unsynced(p *PDU) { p.Partner.State &^= StateSynchronization }

// A partner that is Expired, shows us out of sync and still claims to collect has not
// heard us since its link came up, so frames sent to it are lost. TreatExpiredAsOutOfSync doubts no
// other claim. The standard does not doubt this one either.
func TestPartnerThatHasNotHeardUsBOX23(t *testing.T) {
	heed := Config{TreatExpiredAsOutOfSync: true, RequirePartner: true}
	for _, test := range []struct {
		name  string
		cfg   Config
		port  PortConfig
		state State // of the partner: its bits, as on the wire
		echo  []func(*PDU)
		want  MuxState
	}{
		{"it claims to collect", heed, PortConfig{}, 0xbd, []func(*PDU){unsynced}, MuxAttached},
		{"it claims to, coupled", heed, PortConfig{CoupledControl: true}, 0xbd, []func(*PDU){unsynced}, MuxAttached},
		{"it asks for fast LACPDUs", heed, PortConfig{ShortTimeout: true}, 0xbf, []func(*PDU){unsynced}, MuxAttached},
		{"it does not claim to collect", heed, PortConfig{}, 0x8d, []func(*PDU){unsynced}, MuxCollecting},
		{"it is not Expired", heed, PortConfig{}, 0x3d, []func(*PDU){unsynced}, MuxDistributing},
		{"it shows us in sync", heed, PortConfig{}, 0xbd, nil, MuxDistributing},
		{"the standard", Config{RequirePartner: true}, PortConfig{}, 0xbd, []func(*PDU){unsynced}, MuxDistributing},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, test.cfg, test.port)
			d.establish(1)
			d.down(1)
			d.pass(700 * time.Millisecond)
			d.up(1)
			d.forget()
			d.hear(1, append(test.echo, says(test.state))...)
			if got := d.port(1); got.Mux != test.want {
				t.Errorf("Mux state %v, want %v", got.Mux, test.want)
			}
			if mux, want := d.muxes[1].Distributing, test.want == MuxDistributing; mux != want {
				t.Errorf("distributing %v, want %v", mux, want)
			}
			if n := len(d.sent[1]); n != 1 || !d.sent[1][0].Actor.State.Has(StateSynchronization) {
				t.Fatalf("%d LACPDUs at once, want one with Synchronization: %+v", n, d.sent[1])
			}
			if test.want != MuxAttached {
				return
			}
			if d.sent[1][0].Partner.State.Has(StateSynchronization) {
				t.Error("the answer shows the partner in sync, so that the partner need not answer")
			}
			d.hear(1, says(test.state)) // it shows us in sync, but is still Expired
			if got := d.port(1); got.Mux != MuxAttached || got.Reason.Code != ReasonPartnerDefaultedUs {
				t.Errorf("before the partner leaves EXPIRED: %v, %v", got.Mux, got.Reason)
			}
			d.hear(1, says(test.state&^StateExpired))
			if !d.usable(1) {
				t.Errorf("after the partner left EXPIRED: %v", d.port(1).Reason)
			}
		})
	}
}

// Open vSwitch after its carrier was lost for 0.7 s, as captured. It may or may not
// hear our first answer.
func TestAnswerIsRepeatedBOX23(t *testing.T) {
	const ms = time.Millisecond
	all := Config{TreatExpiredAsOutOfSync: true, RetryFirstLACPDU: true, RequirePartner: true, WithdrawOnExpired: true, AlignPeriodicTx: true}
	without := all
	without.RetryFirstLACPDU = false
	for _, test := range []struct {
		name  string
		cfg   Config
		rate  State         // of the partner
		heard time.Duration // when it shows that it has heard us; 0: never
		want  []time.Duration
	}{
		{"never heard", all, StateTimeout, 0, []time.Duration{0, 1 * ms, 101 * ms}},
		{"never heard, it asks for slow LACPDUs", all, 0, 0, []time.Duration{0, 1 * ms, 101 * ms}},
		{"heard at once", all, StateTimeout, 2 * ms, []time.Duration{0, 1 * ms, 2 * ms}},
		{"heard when it is repeated", all, StateTimeout, 102 * ms, []time.Duration{0, 1 * ms, 101 * ms, 1000 * ms}},
		{"by default", without, StateTimeout, 0, []time.Duration{0, 1 * ms, 1000 * ms}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, test.cfg, PortConfig{ShortTimeout: true})
			d.establish(1)
			d.down(1)
			d.pass(700 * ms)
			up := d.now
			d.up(1)
			d.pass(1 * ms)
			d.hear(1, unsynced, says(0xbd|test.rate))
			if test.heard > 0 {
				d.pass(test.heard - 1*ms)
				d.hear(1, says(0x3d|test.rate))
				if !d.usable(1) {
					t.Errorf("after the partner heard us: %v", d.port(1).Reason)
				}
			}
			d.pass(up.Add(1000 * ms).Sub(d.now))
			var got []time.Duration
			for _, at := range d.times[1] {
				got = append(got, at-up.Sub(start))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("LACPDUs at %v after the carrier, want %v", got, test.want)
			}
		})
	}
}

// The time until the answer is repeated counts from the first LACPDU that is
// answered. A port that is not attached repeats nothing.
func TestWhatIsRepeated(t *testing.T) {
	const ms = time.Millisecond
	cfg := Config{TreatExpiredAsOutOfSync: true, RetryFirstLACPDU: true}
	sent := func(t *testing.T, d *dut, from time.Time, want ...time.Duration) {
		t.Helper()
		d.pass(from.Add(500 * ms).Sub(d.now))
		var got []time.Duration
		for _, at := range d.times[1] {
			got = append(got, at-from.Sub(start))
		}
		if !slices.Equal(got, want) {
			t.Errorf("LACPDUs after %v, want %v", got, want)
		}
	}
	t.Run("a change before it", func(t *testing.T) {
		d := newDUT(t, cfg, PortConfig{})
		d.establish(1)
		d.hear(1, says(0x1d)) // no longer Distributing
		d.pass(60 * ms)
		from := d.now
		d.hear(1, says(0xbd))
		sent(t, d, from, 0, repeatAnswer)
	})
	t.Run("two to be answered", func(t *testing.T) {
		d := newDUT(t, cfg, PortConfig{})
		d.establish(1)
		from := d.now
		d.hear(1, says(0xbd))
		d.pass(60 * ms)
		d.hear(1, says(0xbd), unsynced)
		sent(t, d, from, 0, 60*ms, repeatAnswer)
	})
	t.Run("not attached", func(t *testing.T) {
		d := newDUT(t, cfg, PortConfig{})
		d.up(1)
		d.pass(2 * ms)
		from := d.now
		d.forget()
		d.hear(1, says(0xbd), unsynced)
		sent(t, d, from, 0)
	})
}
