package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// pausedBed is two boxes with a lacpd each that share a LAG: one is a virtual machine, the other
// a namespace. Each has a link to one switch.
type pausedBed struct {
	*guest
	other *lacpd
	ovs   *ovs
}

const (
	pausedHold   = 4 * time.Second
	pausedSocket = "/run/lacpd.socket"
	guestLink    = "a0" // the switch's end of the guest's link
	otherLink    = "b0"
)

func newPausedBed(t *testing.T) *pausedBed {
	t.Helper()
	netlab.NeedOVS(t)
	etcd, err := exec.LookPath("etcd")
	if err != nil {
		t.Skipf("needs etcd, as Debian's package etcd-server has it: %v", err)
	}
	program, err := buildLacpd()
	if err != nil {
		t.Fatal(err)
	}
	b := &pausedBed{guest: bootHost(t, guestConfig{id: 1, interfaces: 2, adapter: asFastAsVeth()})}
	lan, far, near, wires := netlab.New(t), netlab.New(t), netlab.New(t), netlab.New(t)
	lan.Run(t, "ip", "link", "add", "lan", "type", "bridge")
	lan.AddAddr(t, "lan", "10.8.0.8/24")
	lan.Up(t, "lan")
	for i, to := range []struct {
		ns   *netlab.NS
		name string
	}{{lan, "la"}, {far, guestLink}} {
		end := fmt.Sprintf("w%d", i)
		netlab.Pair(t, wires, end, to.ns, to.name)
		c := newCable(t, i, b.wires[i], newHostEnd(t, wires, end), &tape{}, new(sync.RWMutex))
		c.pump()
		c.setUp(t, true)
	}
	// What the guest receives must be complete, so nothing is left for an adapter to do.
	lan.Run(t, "ethtool", "-K", "la", "tx", "off", "tso", "off", "gso", "off")
	netlab.Pair(t, near, "lan", lan, "lb")
	netlab.Pair(t, near, "link", far, otherLink)
	for _, port := range []string{"la", "lb"} {
		lan.Run(t, "ip", "link", "set", "dev", port, "master", "lan")
		lan.Up(t, port)
	}
	near.AddAddr(t, "lan", "10.8.0.2/24")
	for _, name := range []string{"lan", "link"} {
		near.Up(t, name)
	}
	far.Up(t, guestLink)
	far.Up(t, otherLink)
	b.ovs = startOVS(t, far, ovsConfig{members: []string{guestLink, otherLink}, fast: true})
	start(t, lan, nil, etcd, "--data-dir", t.TempDir(), "--listen-client-urls", "http://10.8.0.8:2379", "--advertise-client-urls", "http://10.8.0.8:2379",
		"--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380", "--initial-cluster", "default=http://127.0.0.1:2380", "--log-level", "error")

	b.write(t, "/run/secret", pausedSecret)
	b.write(t, "/run/lacpd.yaml", pausedConfig("a", 1, "b", 2, "/run/secret", "eth1"))
	b.mustScript(t, "chmod 600 /run/secret; ip address add 10.8.0.1/24 dev eth0; ip link set eth0 up; ip link set eth1 up")
	b.background(t, "exec lacpd run -config /run/lacpd.yaml -socket "+pausedSocket+" -state-dir /run/state >/run/lacpd.log 2>&1")
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	b.other = &lacpd{program: program, socket: filepath.Join(dir, "s"), config: filepath.Join(dir, "lacpd.yaml"), stateDir: filepath.Join(dir, "state")}
	for file, text := range map[string]string{secret: pausedSecret, b.other.config: pausedConfig("b", 2, "a", 1, secret, "link")} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.other.run(t, near)
	return b
}

// asFastAsVeth is virtioNet with the speed of a veth pair, because the links of the boxes of a group
// have one key.
func asFastAsVeth() adapter {
	a := virtioNet
	a.properties = append(slices.Clone(a.properties[1:]), "speed=10000")
	return a
}

const pausedSecret = "a secret of the group"

// pausedConfig is the configuration of a box: its name and its host in the network of etcd, those of
// the other box, the file of the secret, and the link.
func pausedConfig(name string, host int, other string, otherHost int, secret, port string) string {
	return fmt.Sprintf("chassis: {group: nas, name: %s, hold: %v, heartbeat: [10.8.0.%d], peers: {%s: [10.8.0.%d]}, heartbeat_secret: %s, store: {etcd: ['http://10.8.0.8:2379']}}\n"+
		"bonds:\n- {name: bond0, ports: [%s], lag: uplink, lacpdu_rate: FAST, aggregate_wait: 0}\n", name, pausedHold, host, other, otherHost, secret, port)
}

// lag returns the guest's view.
func (b *pausedBed) lag() (lagStatus, error) {
	out, err := b.script("lacpd status -json -socket "+pausedSocket, guestTimeout)
	if err != nil {
		return lagStatus{}, err
	}
	st, err := readStatus(strings.NewReader(out))
	if err == nil && st.LAG == nil {
		err = fmt.Errorf("no LAG in %s", out)
	}
	if err != nil {
		return lagStatus{}, err
	}
	return *st.LAG, nil
}

// uses reports whether the switch sends to one link, and to no other.
func (b *pausedBed) uses(t *testing.T, link string) bool {
	m := b.ovs.Members(t)
	return m[guestLink].Enabled == (link == guestLink) && m[otherLink].Enabled == (link == otherLink)
}

func (b *pausedBed) show() string {
	logs, err := b.script("cat /run/lacpd.log; lacpd status -socket "+pausedSocket, guestTimeout)
	return fmt.Sprintf("guest:\n%s %v\nother box:\n%s\nswitch:\n%s", logs, err, &b.other.Log, b.ovs.Show())
}

// awaitGuest waits until the guest carries the LAG and the other box can take over.
func (b *pausedBed) awaitGuest(t *testing.T) (v lagStatus) {
	t.Helper()
	await(t, "a box carries the LAG", time.Now(), time.Minute, func() bool { return b.uses(t, guestLink) || b.uses(t, otherLink) }, b.show)
	await(t, "the guest carries it", time.Now(), time.Minute, func() bool {
		if b.uses(t, guestLink) {
			v, _ = b.lag()
			return v.Role == "active"
		}
		_ = exec.Command(b.other.program, "chassis", "handover", "-socket", b.other.socket, "uplink").Run() // refused until the guest can take over
		return false
	}, b.show)
	return v
}

// uptime returns how long the guest has run.
func (b *pausedBed) uptime(t *testing.T) time.Duration {
	t.Helper()
	s, _, _ := strings.Cut(b.read(t, "/proc/uptime"), " ")
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(seconds * float64(time.Second))
}

// TestClockOfABoxIsSet sets the clock of the active box forward and back, by days. Its role is
// not touched, for only the time that passes counts.
func TestClockOfABoxIsSet(t *testing.T) {
	needLong(t)
	b := newPausedBed(t)
	before := b.awaitGuest(t)
	for _, days := range []int{1, -2} {
		at := b.uptime(t)
		b.mustScript(t, fmt.Sprintf("date -s @$(($(date +%%s) + %d * 86400))", days))
		await(t, "the box has lived for three hold times", time.Now(), time.Minute, func() bool { return b.uptime(t) > at+3*pausedHold }, b.show)
		if now, err := b.lag(); err != nil || now.Role != before.Role || now.Epoch != before.Epoch || !b.uses(t, guestLink) {
			t.Fatalf("after a step of %d days: %+v, %v, want %s in epoch %d\n%s", days, now, err, before.Role, before.Epoch, b.show())
		}
	}
}

// TestBoxIsPausedByItsHypervisor: the active box is a virtual machine that is paused until the other
// box has taken over. Its clocks do not count the pause, so that it may go on for the rest of its
// permission, at most for the hold time. It then stands by, and the epoch is the other box's.
func TestBoxIsPausedByItsHypervisor(t *testing.T) {
	needLong(t)
	b := newPausedBed(t)
	before, lived := b.awaitGuest(t), b.uptime(t)
	stopped := time.Now()
	b.command(t, `{"execute":"stop"}`)
	await(t, "the other box takes over", time.Now(), time.Minute, func() bool { return b.uses(t, otherLink) }, b.other.Log.String)
	b.command(t, `{"execute":"cont"}`)
	resumed := time.Now()
	if paused := resumed.Sub(stopped); b.uptime(t)-lived > time.Since(stopped)-paused/2 {
		t.Fatalf("the guest's clock counts the pause of %v", paused)
	}
	var after lagStatus
	var longest time.Duration
	await(t, "the paused box stands by", resumed, time.Minute, func() bool {
		asked := time.Since(resumed)
		v, err := b.lag()
		if err != nil {
			return false
		}
		if v.Role == "active" {
			longest = asked // it was still active then
		}
		after = v
		return v.Role == "standby"
	}, b.show)
	if longest > pausedHold {
		t.Errorf("the box was active %v after the pause, want at most the hold time, %v", longest, pausedHold)
	}
	if after.Left != 0 || after.Epoch <= before.Epoch {
		t.Errorf("after the pause: %+v, want no permission, and an epoch after %d", after, before.Epoch)
	}
	await(t, "the switch sends to the other box only", time.Now(), pausedHold, func() bool { return b.uses(t, otherLink) }, b.show)
	t.Logf("after the pause the box was seen active for %v", longest)
}
