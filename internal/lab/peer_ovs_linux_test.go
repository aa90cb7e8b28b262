package lab

import (
	"os/exec"
	"strings"
	"testing"
)

// openVSwitch is Open vSwitch with its datapath in user space.
var openVSwitch = &peerKind{
	name: "Open vSwitch",
	remarks: []string{
		"It does not answer Markers (open-vswitch-marker.pcap).",
		"It uses the link as soon as it receives its partner's LACPDU, without the standard's two seconds of waiting for other links. So do we if that wait is off (no wait-while).",
		"Once it has given its partner up, it sends only each 30 s. If we are passive, it takes that long until we may send.",
	},
	need: needLab,
	version: func(t testing.TB) string {
		out, err := exec.Command("ovs-vswitchd", "--version").Output()
		if err != nil {
			t.Fatal(err)
		}
		return lastField(string(out))
	},
	make: func(t testing.TB, cfg peerConfig) peer {
		t.Helper()
		return &ovsPeer{namespacePeer: newNamespacePeer(t, cfg)}
	},
}

// lastField returns the last word of the first line, which is the version in the output of
// --version.
func lastField(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line[strings.LastIndexByte(line, ' ')+1:]
}

func teamVersion(t testing.TB) string {
	out, err := exec.Command("teamd", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return lastField(string(out))
}

type ovsPeer struct {
	namespacePeer
	ovs *ovs
}

func (p *ovsPeer) config() ovsConfig {
	return ovsConfig{members: p.interfaces, passive: p.cfg.passive, fast: !p.cfg.slow, id: p.cfg.id}
}

func (p *ovsPeer) start(t testing.TB) {
	t.Helper()
	if p.ovs != nil {
		p.ovs.Set(t, p.config().bond()...)
		return
	}
	p.ovs = startOVS(t, p.near, p.config())
}

func (p *ovsPeer) leave(t testing.TB) {
	t.Helper()
	p.ovs.Set(t, "del-port", ovsBridge, ovsBond)
}

func (p *ovsPeer) restart(t testing.TB) {
	t.Helper()
	p.leave(t)
	p.start(t)
}

func (p *ovsPeer) show(testing.TB) string { return p.ovs.Show() }
