package lab

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab"
)

// farKind is a kind of partner for a guest's bond. Its device takes frames of 9000 octets.
type farKind struct {
	name    string
	version func(t testing.TB) string
	make    func(t testing.TB, members int) farEnd
}

var farKinds = []farKind{
	{"Open vSwitch", openVSwitch.version, farOVS},
	{"lagkit", func(testing.TB) string { return "this commit" }, farLagkit},
}

func farOVS(t testing.TB, members int) farEnd {
	t.Helper()
	needLab(t)
	f, names := layAdapterCables(t, members)
	o := startOVS(t, f.ns, ovsConfig{members: names, fast: true})
	o.Set(t, "set", "interface", ovsBridge, "mtu_request="+strconv.Itoa(jumboMTU))
	f.device, f.show = ovsBridge, func(testing.TB) string { return o.Show() }
	f.address(t)
	return f
}

func farLagkit(t testing.TB, members int) farEnd {
	t.Helper()
	f, names := layAdapterCables(t, members)
	l := startLacpd(t, f.ns, lacpdConfig{members: names, fast: true, ip: farIP, more: []string{fmt.Sprintf("mtu: %d", jumboMTU)}})
	f.device, f.show = ourBond, func(t testing.TB) string { return fmt.Sprintf("%+v", l.status(t)) }
	f.address(t)
	return f
}

// layAdapterCables makes the namespaces and the far ends of the cables.
func layAdapterCables(t testing.TB, members int) (f farEnd, names []string) {
	t.Helper()
	f.ns = netlab.New(t)
	outside := netlab.New(t)
	setSysctl(t, outside, "ipv6/conf/default/disable_ipv6", "1")
	for i := range members {
		inner, outer := fmt.Sprintf("p%d", i), fmt.Sprintf("w%d", i)
		netlab.Pair(t, f.ns, inner, outside, outer)
		f.ns.Run(t, "ip", "link", "set", "dev", inner, "mtu", strconv.Itoa(jumboMTU))
		outside.Run(t, "ip", "link", "set", "dev", outer, "mtu", strconv.Itoa(jumboMTU))
		f.ns.Up(t, inner)
		names = append(names, inner)
		f.ends = append(f.ends, newTaggedEnd(t, outside, outer))
	}
	return f, names
}

// address gives the partner its IPv6 address in addition to the IPv4 one.
func (f *farEnd) address(t testing.TB) {
	t.Helper()
	setSysctl(t, f.ns, "ipv6/conf/"+f.device+"/disable_ipv6", "0")
	f.ns.AddAddr(t, f.device, farIP6+"/64")
}

// runMayFail runs a command at the partner and returns its output.
func (f *farEnd) runMayFail(args ...string) string {
	var out []byte
	_ = f.ns.Do(func() (err error) {
		out, err = exec.Command(args[0], args[1:]...).CombinedOutput()
		return err
	})
	return string(out)
}
