package lab

import (
	"flag"
	"os"
	"testing"
	"time"
)

var adaptersFile = flag.String("adapters", "", "run all of TestAdaptersNeverWorseThanKernelBonding and write its table to `file`")

// adapterKind is an adapter that the lab has.
type adapterKind struct {
	name string // as QEMU names it
	adapter
	remark string
}

// adapterKinds are those of QEMU whose drivers are in Debian's kernel. virtio-net has its
// receive and VLAN filters, as the host of a virtual machine gives it.
var adapterKinds = []adapterKind{
	{"e1000", adapter{device: "e1000"}, ""},
	{"e1000e", adapter{device: "e1000e"}, ""},
	{"vmxnet3", adapter{device: "vmxnet3"}, ""},
	{"virtio-net", adapter{virtioNet.device, append([]string{"ctrl_rx=on", "ctrl_vlan=on"}, virtioNet.properties...)}, ""},
	{"rtl8139", adapter{device: "rtl8139"}, ""},
}

// TestAdaptersNeverWorseThanKernelBondingBOX01 runs lacpd in a guest whose adapters drop
// what they were not told to take, and compares it with the kernel's bonding driver in
// the same guest, on the same adapters, with the same partner. With -adapters FILE it
// does so for all adapters, partners and cases, and writes a table.
func TestAdaptersNeverWorseThanKernelBondingBOX01(t *testing.T) {
	needHost(t)
	adapters, partners, all := adapterKinds[:1], farKinds[:1], *adaptersFile != ""
	if all {
		adapters, partners = adapterKinds, farKinds
	}
	var report adapterReport
	t.Run("pairs", func(t *testing.T) {
		for i := range adapters {
			for j := range partners {
				t.Run(adapters[i].name+" with "+partners[j].name, func(t *testing.T) {
					if all {
						t.Parallel()
					}
					compareDrivers(t, &adapters[i], &partners[j], all, &report)
				})
			}
		}
	})
	if !all {
		return
	}
	if err := os.WriteFile(*adaptersFile, report.markdown(t), 0o644); err != nil {
		t.Error(err)
	}
}

// compareDrivers runs the cases with the reference and then with ours.
func compareDrivers(t *testing.T, a *adapterKind, far *farKind, all bool, report *adapterReport) {
	b := newAdapterBed(t, a.adapter, *far)
	var cases []*adapterCase
	for i := range adapterCases {
		if c := &adapterCases[i]; c.quick || all {
			cases = append(cases, c)
		}
	}
	results := make(map[string][]outcome) // by driver, in the order of cases
	for _, d := range []bondDriver{kernelBonding{}, &guestLacpd{}} {
		results[d.name()] = b.runCases(t, d, cases)
	}
	for i, c := range cases {
		ref, our := results[kernelBonding{}.name()][i], results[(&guestLacpd{}).name()][i]
		report.add(adapterCell{a, far, c, ref, our})
		// Without a reference that works the comparison is empty.
		if ref.failed || ref.good < ref.want {
			t.Errorf("%s: kernel bonding itself: %s", c.name, ref)
		}
		if our.worseThan(ref, c.slack) {
			t.Errorf("%s: lagkit: %s; kernel bonding: %s", c.name, our, ref)
		}
	}
}

// runCases runs cases with a driver. If one leaves the bond broken, the driver is
// started again for the next one.
func (b *adapterBed) runCases(t *testing.T, d bondDriver, cases []*adapterCase) []outcome {
	outcomes := make([]outcome, len(cases))
	for i := range outcomes {
		outcomes[i].failed = true
	}
	attempt := func(run func(tb testing.TB)) bool {
		tb := &caseTB{TB: t, lenient: true} // the comparison judges
		tb.do(func() { run(tb) })
		return !tb.failed
	}
	begin := func() bool { return attempt(func(tb testing.TB) { b.start(tb, d) }) }
	if !begin() {
		t.Errorf("%s: no LAG", d.name())
		return outcomes
	}
	for i, c := range cases {
		start := time.Now()
		if i > 0 && !attempt(func(tb testing.TB) { b.settle(tb) }) {
			attempt(func(tb testing.TB) { b.stop(tb) })
			if !begin() {
				t.Errorf("%s: no LAG any more before %q", d.name(), c.name)
				return outcomes
			}
		}
		var o outcome
		o.failed = !attempt(func(tb testing.TB) { o = c.run(tb, b) })
		outcomes[i] = o
		t.Logf("%-14s %-36s %s   (%.1f s)", d.name(), c.name, o, time.Since(start).Seconds())
	}
	attempt(func(tb testing.TB) { b.stop(tb) })
	return outcomes
}
