package lab

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

var (
	scriptFile  = flag.String("script", "", "have TestHostScript run this shell `file` in a guest that has lacpd")
	scriptLimit = flag.Duration("script-limit", 10*time.Minute, "with -script: how long it may take")
)

// TestHostScript runs a user's script in a guest with lacpd and a full kernel, and prints the
// script's output. The guest has two adapters without a cable.
func TestHostScript(t *testing.T) {
	if *scriptFile == "" {
		t.Skip("runs the script that -script names")
	}
	text, err := os.ReadFile(*scriptFile)
	if err != nil {
		t.Fatal(err)
	}
	g := bootHost(t, guestConfig{id: 1, interfaces: 2})
	out, err := g.script(string(text), *scriptLimit)
	t.Logf("the script printed:\n%s", out)
	if err != nil {
		t.Error(err)
	}
}

// TestHostRunsBonds runs two lacpd in one guest, over cables that lose and delay frames, with
// a VLAN device above each bond.
func TestHostRunsBonds(t *testing.T) {
	needLong(t)
	g := bootHost(t, guestConfig{id: 1, interfaces: 1})
	g.mustScript(t, `
		for end in a b; do
			ip netns add $end
			printf 'bonds:\n  - {name: bond0, ports: [p0, p1], lacpdu_rate: FAST}\n' >/run/$end.yaml
		done
		for i in 0 1; do
			ip link add p$i netns a type veth peer name p$i netns b
			for end in a b; do
				tc -n $end qdisc add dev p$i root netem delay 2ms loss 1%
				ip -n $end link set p$i up
			done
		done`)
	for _, end := range []string{"a", "b"} {
		pid := g.background(t, "exec ip netns exec "+end+" lacpd run -config /run/"+end+".yaml -socket /run/"+end+".socket -state-dir /run/"+end)
		t.Cleanup(func() { g.stop(t, pid) })
	}
	await(t, "both ends are up", time.Now(), 30*time.Second, func() bool {
		out, err := g.script("lacpd status -json -socket /run/a.socket; lacpd status -json -socket /run/b.socket", guestTimeout)
		return err == nil && strings.Count(out, `"Distributing"`) >= 4
	}, func() string {
		out, _ := g.script("lacpd status -socket /run/a.socket; lacpd status -socket /run/b.socket", guestTimeout)
		return out
	})
	g.mustScript(t, `
		n=1
		for end in a b; do
			ip -n $end link add link bond0 name bond0.10 type vlan id 10
			ip -n $end address add 10.8.10.$n/24 dev bond0.10
			ip -n $end link set bond0.10 up
			n=2
		done`)
	if out, err := g.script("ip netns exec a ping -n -c 20 -i 0.2 -W 2 10.8.10.2", guestTimeout); err != nil {
		t.Errorf("ping in the VLAN: %v\n%s", err, out)
	}
}
