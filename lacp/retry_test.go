package lacp

import (
	"slices"
	"testing"
	"time"
)

// The LACPDUs in the first seconds of a link, with RetryFirstLACPDU and without.
func TestRetryFirstLACPDU(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name  string
		cfg   Config
		port  PortConfig
		heard time.Duration // when the partner's only LACPDU comes; 0: never
		how   []func(*PDU)
		want  []time.Duration
	}{
		{"by default", Config{RequirePartner: true}, PortConfig{}, 0, nil, []time.Duration{0, 1000 * ms, 2000 * ms}},
		{"no LACPDU is heard", Config{RetryFirstLACPDU: true, RequirePartner: true}, PortConfig{}, 0, nil, []time.Duration{0, 200 * ms, 1200 * ms, 2200 * ms}},
		{"the partner is heard in time", Config{RetryFirstLACPDU: true}, PortConfig{}, 100 * ms, []func(*PDU){short}, []time.Duration{0, 100 * ms, 1200 * ms, 2100 * ms, 2200 * ms}},
		{"the partner asks for slow LACPDUs", Config{RetryFirstLACPDU: true}, PortConfig{}, 100 * ms, nil, []time.Duration{0, 100 * ms, 2100 * ms}},
		{"the partner answers what is repeated", Config{RetryFirstLACPDU: true}, PortConfig{}, 201 * ms, []func(*PDU){short}, []time.Duration{0, 200 * ms, 201 * ms, 1200 * ms, 2200 * ms, 2201 * ms}},
		{"we are Passive", Config{RetryFirstLACPDU: true}, PortConfig{Passive: true}, 100 * ms, []func(*PDU){short}, []time.Duration{100 * ms, 1100 * ms, 2100 * ms}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, test.cfg, test.port)
			d.up(1)
			end := d.now.Add(2300 * ms)
			if test.heard > 0 {
				d.pass(test.heard)
				d.hear(1, test.how...)
			}
			d.pass(end.Sub(d.now))
			if got := d.times[1]; !slices.Equal(got, test.want) {
				t.Errorf("LACPDUs at %v, want %v", got, test.want)
			}
		})
	}
}

// A link that comes up again starts over.
func TestRetryFirstLACPDUOnEveryLinkUp(t *testing.T) {
	d := newDUT(t, Config{RetryFirstLACPDU: true}, PortConfig{})
	d.establish(1)
	d.down(1)
	d.pass(10 * time.Second)
	before := len(d.times[1])
	up := d.now.Sub(start)
	d.up(1)
	d.pass(time.Second)
	if got, want := d.times[1][before:], []time.Duration{up, up + repeatAfter}; !slices.Equal(got, want) {
		t.Errorf("LACPDUs at %v, want %v", got, want)
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
