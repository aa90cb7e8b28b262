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
