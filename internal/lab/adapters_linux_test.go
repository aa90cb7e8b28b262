package lab

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"
)

var (
	adaptersFile = flag.String("adapters", "", "run all of TestAdaptersNeverWorseThanKernelBonding and write its table to `file`")
	adaptersOnly = flag.String("adapter-cases", "", "with -adapters: only the cases that match this `regexp`")
)

// adapterKind is an adapter that the lab can emulate.
type adapterKind struct {
	name string
	adapter
	// mend is a script that works around a fault of the emulation, for any driver, once the
	// members are up.
	mend string
	// limits are the cases that the emulation fails with either driver.
	limits  []*adapterCase
	remarks []string
}

// adapterKinds are QEMU's adapters whose drivers are in Debian's kernel. virtio-net has
// receive and VLAN filters, as a virtual machine's host provides them.
var adapterKinds = []adapterKind{
	{
		name: "e1000", adapter: adapter{device: "e1000"},
		remarks: []string{"It stops receiving for a second whenever its filters change, so frames wait that long."},
	},
	{
		name: "e1000e", adapter: adapter{device: "e1000e"},
		limits:  []*adapterCase{stackedTags},
		remarks: []string{"QEMU replaces an existing tag with the tag that the adapter is to insert. The kernel's driver leaves the outer tag to the adapter and so loses the inner one."},
	},
	{
		name: "vmxnet3", adapter: adapter{device: "vmxnet3"},
		mend: "for i in 0 1; do ip link set eth$i address $(cat /sys/class/net/eth$i/address)\n" +
			"ethtool -K eth$i tx-vlan-offload off; done",
		limits: []*adapterCase{stackedTags, jumboFrames},
		remarks: []string{
			"QEMU forgets a MAC address that was set while the adapter was down, so the lab sets it again, for both drivers.",
			"QEMU replaces tags as with e1000e, but here the lab can turn the offload off, and does so for both drivers. Frames with an outer tag of 802.1ad do not pass its filter.",
			"QEMU drops received frames that need more than one buffer.",
		},
	},
	{
		name:    "virtio-net",
		adapter: adapter{virtioNet.device, append([]string{"ctrl_rx=on", "ctrl_vlan=on"}, virtioNet.properties...)},
	},
	{
		name: "rtl8139", adapter: adapter{device: "rtl8139"},
		remarks: []string{"The limit of its driver is MTU 4096."},
	},
}

// TestAdaptersNeverWorseThanKernelBondingBOX01 runs lacpd in a guest whose adapters drop
// frames that they were not configured to receive, and compares it with the kernel's bonding
// driver in the same guest, on the same adapters, with the same partner. With -adapters FILE
// it does so for all adapters, partners and cases, and writes a table.
func TestAdaptersNeverWorseThanKernelBondingBOX01(t *testing.T) {
	needLong(t)
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

// compareDrivers runs the cases with the reference and then with lacpd.
func compareDrivers(t *testing.T, a *adapterKind, far *farKind, all bool, report *adapterReport) {
	only, err := regexp.Compile(*adaptersOnly)
	if err != nil {
		t.Fatal(err)
	}
	var cases []*adapterCase
	for i := range adapterCases {
		if c := adapterCases[i]; c.quick && !all || all && only.MatchString(c.name) {
			cases = append(cases, c)
		}
	}
	b := newAdapterBed(t, a, far)
	// The comparison needs a reference that works.
	isBroken := func(i int, o outcome) bool {
		return (o.failed || o.good < o.want) && !slices.Contains(a.limits, cases[i])
	}
	isWorse := func(i int, o, reference outcome) bool { return o.worseThan(reference, cases[i].slack) }
	reference := b.runCases(t, kernelBonding{}, cases, isBroken)
	ours := b.runCases(t, &guestLacpd{}, cases, func(i int, o outcome) bool { return isWorse(i, o, reference[i]) })
	for i, c := range cases {
		report.add(adapterCell{a, far, c, reference[i], ours[i]})
		if isBroken(i, reference[i]) {
			t.Errorf("%s: kernel bonding itself: %s", c.name, reference[i])
		}
		if isWorse(i, ours[i], reference[i]) {
			t.Errorf("%s: lagkit: %s; kernel bonding: %s", c.name, ours[i], reference[i])
		}
	}
}

// runCases runs cases with a driver. It runs a case with a bad outcome again, because the
// machine may be busy. If a case leaves the bond broken, runCases starts the driver again.
func (b *adapterBed) runCases(t *testing.T, d bondDriver, cases []*adapterCase, isBad func(i int, o outcome) bool) []outcome {
	outcomes := make([]outcome, len(cases))
	for i := range outcomes {
		outcomes[i].failed = true
	}
	if !attempt(t, func(tb testing.TB) { b.start(tb, d) }) {
		t.Errorf("%s: no LAG", d.name())
		attempt(t, b.stop)
		return outcomes
	}
	for i, c := range cases {
		outcomes[i] = b.runCase(t, c)
		if isBad(i, outcomes[i]) && b.mend(t) {
			if o := b.runCase(t, c); !o.worseThan(outcomes[i], 0) {
				outcomes[i] = o
			}
		}
		if !b.mend(t) {
			t.Errorf("%s: the LAG is gone after %q", d.name(), c.name)
			return outcomes
		}
	}
	attempt(t, b.stop)
	return outcomes
}

func (b *adapterBed) runCase(t *testing.T, c *adapterCase) (o outcome) {
	start := time.Now()
	failed := !attempt(t, func(tb testing.TB) { o = c.run(tb, b) })
	o.failed = failed
	t.Logf("%-14s %-36s %s   (%.1f s)", b.driver.name(), c.name, o, time.Since(start).Seconds())
	return o
}

// mend waits until the LAG is in use, and starts its driver again if it is not.
func (b *adapterBed) mend(t *testing.T) bool {
	if attempt(t, b.settle) {
		return true
	}
	attempt(t, b.stop)
	return attempt(t, func(tb testing.TB) { b.start(tb, b.driver) })
}

// attempt runs a function that may fail, because the comparison judges the result. It reports
// whether the function finished.
func attempt(t *testing.T, do func(t testing.TB)) bool {
	tb := &caseTB{TB: t, lenient: true}
	tb.do(func() { do(tb) })
	return !tb.failed
}
