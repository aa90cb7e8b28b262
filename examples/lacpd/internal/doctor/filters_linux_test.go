package doctor

import (
	"os/exec"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab"
)

// lookIn looks at the host that a network namespace is.
func lookIn(t *testing.T, ns *netlab.NS) (h *Host) {
	t.Helper()
	ns.Must(t, func() error { h = Look(); return nil })
	return h
}

// wantFilters fails the test unless an interface has these filters of other programs.
func wantFilters(t *testing.T, h *Host, name string, want ...string) {
	t.Helper()
	if i := h.find(name); i == nil || !slices.Equal(i.Filters, want) {
		t.Errorf("%s: %+v, want filters %q; not looked at: %q", name, i, want, h.Unseen)
	}
}

func TestFiltersOfOtherProgramsAreSeen(t *testing.T) {
	ns := netlab.New(t)
	ns.Run(t, "ip", "link", "add", "a0", "type", "veth", "peer", "name", "b0")
	ns.Run(t, "tc", "qdisc", "add", "dev", "a0", "clsact")
	wantFilters(t, lookIn(t, ns), "a0")
	for range 2 {
		ns.Run(t, "tc", "filter", "add", "dev", "a0", "ingress", "u32", "match", "u32", "0", "0", "flowid", "1:1")
	}
	ns.Run(t, "tc", "filter", "add", "dev", "a0", "egress", "u32", "match", "u32", "0", "0", "flowid", "1:1")
	h := lookIn(t, ns)
	wantFilters(t, h, "a0", "u32 filter at ingress", "u32 filter at egress")
	wantFilters(t, h, "b0")
}

func TestChainsOfNftablesAreSeen(t *testing.T) {
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skipf("needs nft: %v", err)
	}
	ns := netlab.New(t)
	ns.Run(t, "ip", "link", "add", "a0", "type", "veth", "peer", "name", "b0")
	ns.Run(t, "nft", "add table netdev guard; add chain netdev guard in { type filter hook ingress device a0 priority 0; }")
	ns.Run(t, "nft", "add chain netdev guard both { type filter hook ingress devices = { a0, b0 } priority 1; }")
	h := lookIn(t, ns)
	wantFilters(t, h, "a0", "nftables chain guard in at ingress", "nftables chain guard both at ingress")
	wantFilters(t, h, "b0", "nftables chain guard both at ingress")
}
