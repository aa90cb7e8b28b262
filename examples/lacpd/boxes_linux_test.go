package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/testca"
)

// boxBed is some boxes whose links end at one switch, Open vSwitch, and an etcd that they reach by name.
type boxBed struct {
	t     *testing.T
	lan   *netlab.NS // of etcd
	etcd  *etcdMember
	etc   string // the directory /etc of the boxes
	files string // where the secrets stand
	ovs   *netlab.OVS
	boxes []*process
	ports int // of the network of etcd
}

// Addresses of etcd: it has one of them.
const (
	etcdAddress  = "10.8.0.8"
	etcdAddress2 = "10.8.0.9"
)

func newBoxBed(t *testing.T, boxes int) *boxBed {
	t.Helper()
	netlab.Slow(t)
	netlab.NeedOVS(t)
	if _, err := exec.LookPath("unshare"); err != nil {
		t.Skipf("needs unshare of util-linux: %v", err)
	}
	b := &boxBed{t: t, lan: netlab.New(t), etc: t.TempDir(), files: t.TempDir(), boxes: make([]*process, boxes)}
	b.lan.Run(t, "ip", "link", "add", "lan", "type", "bridge")
	for _, address := range []string{etcdAddress, etcdAddress2} {
		b.lan.AddAddr(t, "lan", address+"/24")
	}
	b.lan.Up(t, "lan")
	b.secret("secret", "a secret of the group")
	b.secret("user", etcdUser+":"+etcdUser+"'s password")
	b.name(etcdAddress)
	b.etcd = newEtcd(t, b.lan, etcdAddress)
	return b
}

// secret writes a file that only its owner may read.
func (b *boxBed) secret(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.files, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// name gives etcd's name an address, as programs do: by a new file in place of the old one.
func (b *boxBed) name(address string) {
	b.t.Helper()
	next, hosts := filepath.Join(b.etc, "hosts.new"), filepath.Join(b.etc, "hosts")
	if err := os.WriteFile(next, []byte(address+" "+etcdHost+"\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Rename(next, hosts); err != nil {
		b.t.Fatal(err)
	}
}

// chassis returns the section of a box.
func (b *boxBed) chassis(i int, group string) string {
	var peers []string
	for k := range b.boxes {
		if k != i {
			peers = append(peers, fmt.Sprintf("head-%c: [10.8.0.%d]", 'a'+k, 1+k))
		}
	}
	return fmt.Sprintf("chassis: {group: %s, name: head-%c, hold: 1s, heartbeat: [10.8.0.%d], peers: {%s}, heartbeat_secret: %s, store: {etcd: ['https://%s:2379'], ca: %s, user: %s}}\n",
		group, 'a'+i, 1+i, strings.Join(peers, ", "), filepath.Join(b.files, "secret"), etcdHost, b.etcd.ca.File(), filepath.Join(b.files, "user"))
}

// box returns a box that is not started, with its cables.
func (b *boxBed) box(t *testing.T, i int, far *netlab.NS, file string) *process {
	t.Helper()
	ns := netlab.New(t)
	port := fmt.Sprintf("lan%d", b.ports)
	b.ports++
	netlab.Pair(t, ns, "lan", b.lan, port)
	b.lan.Run(t, "ip", "link", "set", "dev", port, "master", "lan")
	b.lan.Up(t, port)
	ns.AddAddr(t, "lan", fmt.Sprintf("10.8.0.%d/24", 1+i))
	ns.Up(t, "lan")
	for n := range 2 {
		name := fmt.Sprintf("%c%d", 'a'+i, n)
		netlab.Pair(t, ns, fmt.Sprintf("v%d", n), far, name)
		far.Up(t, name)
	}
	p := newProcess(t, ns, file)
	p.under = []string{"unshare", "--mount", "--propagation", "private", "sh", "-c", `mount --bind "$0" /etc && exec "$@"`, b.etc}
	return p
}

// start starts the boxes and the switch.
func (b *boxBed) start(keys string) {
	b.t.Helper()
	far := netlab.New(b.t)
	var links []string
	for i := range b.boxes {
		b.boxes[i] = b.box(b.t, i, far, b.chassis(i, "nas1")+"bonds:\n- {name: bond0, ports: [v0, v1], lag: uplink, lacpdu_rate: FAST, aggregate_wait: 0"+keys+"}\n")
		links = append(links, linksOf(i)...)
	}
	b.ovs = netlab.StartOVS(b.t, far)
	b.ovs.Set(b.t, "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev")
	b.ovs.Set(b.t, slices.Concat([]string{"add-bond", "br0", "lag0"}, links,
		[]string{"lacp=active", "bond_mode=balance-tcp", "other_config:lacp-time=fast"})...)
	for _, p := range b.boxes {
		p.start(b.t, nil)
		p.log.await(b.t, "msg=running")
	}
}

// linksOf returns the switch's ends of a box's links.
func linksOf(i int) []string { return []string{fmt.Sprintf("%c0", 'a'+i), fmt.Sprintf("%c1", 'a'+i)} }

// awaitRoles waits until one box is active and the other running ones stand by, and returns its index.
func (b *boxBed) awaitRoles(running ...int) (active int) {
	b.t.Helper()
	await(b.t, fmt.Sprintf("one of the boxes %d is active and the others stand by", running), netlab.Patience, func() bool {
		count := map[string]int{}
		for _, i := range running {
			l := b.boxes[i].bond("bond0").LAG
			switch {
			case l == nil:
				return false
			case l.Role == view.RoleActive:
				active = i
			case !l.Ready:
				return false
			}
			count[l.Role]++
		}
		return count[view.RoleActive] == 1 && count[view.RoleStandby] == len(running)-1
	})
	return active
}

// awaitUsed waits until the switch sends to these links and no other.
func (b *boxBed) awaitUsed(links ...string) {
	b.t.Helper()
	var got []string
	await(b.t, fmt.Sprintf("the switch uses %q and no other link", links), netlab.Patience, func() bool {
		got = nil
		for name, m := range b.ovs.Members(b.t) {
			if m.Enabled {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		return slices.Equal(got, links)
	})
}

// TestBoxesReachEtcdByName: two boxes in the sandbox share a LAG by an etcd with TLS and users. Its
// address changes in /etc/hosts.
func TestBoxesReachEtcdByName(t *testing.T) {
	t.Parallel()
	b := newBoxBed(t, 2)
	b.start("")
	active := b.awaitRoles(0, 1)
	b.awaitUsed(linksOf(active)...)

	b.etcd.Kill(t)
	await(t, "both boxes miss the store", netlab.Patience, func() bool { return !b.answers(0) && !b.answers(1) })
	b.name(etcdAddress2)
	b.etcd.start(t, etcdAddress2)
	await(t, "the store answers both boxes at its new address", netlab.Patience, func() bool { return b.answers(0) && b.answers(1) })
	b.awaitUsed(linksOf(active)...)

	if out, code := b.boxes[active].run(t, "chassis", "handover", "uplink"); code != exitOK {
		t.Fatalf("handover: %d %s", code, out)
	}
	b.awaitUsed(linksOf(1 - active)...)
}

// answers reports whether the store answers a box.
func (b *boxBed) answers(i int) bool {
	v, err := b.boxes[i].status()
	return err == nil && v.Chassis != nil && v.Chassis.Store != nil && v.Chassis.Store.Answers
}

// TestAllBoxesCarry: with lag_mode ALL, a switch uses the links of all boxes.
func TestAllBoxesCarry(t *testing.T) {
	t.Parallel()
	b := newBoxBed(t, 2)
	b.start(", lag_mode: ALL")
	b.awaitUsed("a0", "a1", "b0", "b1")
	b.boxes[0].end(t)
	b.awaitUsed("b0", "b1")
}

// TestThreeBoxes: each box that is left takes over, and one that comes back stands by.
func TestThreeBoxes(t *testing.T) {
	t.Parallel()
	b := newBoxBed(t, 3)
	b.start(", watchdog: 200ms")
	running := []int{0, 1, 2}
	for len(running) > 1 {
		active := b.awaitRoles(running...)
		b.awaitUsed(linksOf(active)...)
		if err := b.boxes[active].cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		running = slices.DeleteFunc(running, func(i int) bool { return i == active })
	}
	last := running[0]
	b.awaitUsed(linksOf(last)...)
	for i, p := range b.boxes {
		if i != last {
			<-p.done
			p.start(t, nil)
		}
	}
	if active := b.awaitRoles(0, 1, 2); active != last {
		t.Errorf("box %d is active, want %d, which was", active, last)
	}
	b.awaitUsed(linksOf(last)...)
}

// TestStoreThatRefuses: a box that the store refuses carries nothing, and says why.
func TestStoreThatRefuses(t *testing.T) {
	t.Parallel()
	b := newBoxBed(t, 2)
	b.secret("wrong", etcdUser+":another password")
	for what, test := range map[string]struct{ old, new, want string }{
		"password":  {filepath.Join(b.files, "user"), filepath.Join(b.files, "wrong"), "authentication failed"},
		"group":     {"group: nas1", "group: nas2", "permission denied"},
		"authority": {b.etcd.ca.File(), testca.New(t).File(), "certificate signed by unknown authority"},
	} {
		t.Run(what, func(t *testing.T) {
			text := strings.ReplaceAll(b.chassis(0, "nas1"), test.old, test.new) + "bonds:\n- {name: bond0, ports: [v0, v1], lag: uplink}\n"
			p := b.box(t, 0, netlab.New(t), text)
			p.start(t, nil)
			p.log.await(t, "msg=running")
			var why string
			await(t, "the status says "+test.want, netlab.Patience, func() bool {
				v, err := p.status()
				if err == nil && v.Chassis != nil && v.Chassis.Store != nil {
					why = v.Chassis.Store.Error + v.Chassis.Error
				}
				return strings.Contains(why, test.want)
			})
			const want = "not open: lag uplink: this box does not know yet what group "
			if bond := p.bond("bond0"); bond.Running || !strings.HasPrefix(bond.Cause, want) {
				t.Errorf("bond runs: %v, cause %q; want none that runs, %q", bond.Running, bond.Cause, want)
			}
		})
	}
}
