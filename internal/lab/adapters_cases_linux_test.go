package lab

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// adapterCase is one thing that a host expects from a bond on its adapters.
type adapterCase struct {
	name  string
	quick bool // part of a run without -adapters
	// slack is how many more frames than the reference a case that depends on time may lose,
	// because no two runs are the same.
	slack int
	run   func(t testing.TB, b *adapterBed) outcome
}

// outcome is the result of a case: good of want expected events happened, and bad events that
// must not happen did. lost is how many frames were lost with a member.
type outcome struct {
	good, want, bad, lost int

	note    string
	failed  bool // it ended early
	skipped bool // the adapter does not support it
}

// perfect reports whether all expected events happened and no bad ones.
func (o outcome) perfect() bool { return !o.failed && o.good == o.want && o.bad+o.lost == 0 }

func (o outcome) String() string {
	switch {
	case o.failed:
		return "does not"
	case o.skipped:
		return "- (" + o.note + ")"
	}
	text := fmt.Sprintf("%d of %d", o.good, o.want)
	if o.bad > 0 {
		text += fmt.Sprintf(", %d bad", o.bad)
	}
	if o.note != "" {
		text += ", " + o.note
	}
	return text
}

// worseThan compares the outcome with the reference.
func (o outcome) worseThan(ref outcome, slack int) bool {
	return o.failed && !ref.failed || o.good < ref.good || o.bad > ref.bad || o.lost > ref.lost+slack
}

// count adds the count of an event that should happen a number of times, once each.
func (o *outcome) count(got, want int) {
	o.good += min(got, want)
	o.bad += max(0, got-want)
	o.want += want
}

const tries = 4 // of each event that is counted

var (
	stackedTags = &adapterCase{name: "two stacked tags", run: checkStacked}
	jumboFrames = &adapterCase{name: "MTU 9000", run: checkJumbo}
)

var adapterCases = []*adapterCase{
	{name: "IPv4", quick: true, run: checkIPv4},
	{name: "IPv6", quick: true, run: checkIPv6},
	{name: "VLAN device on the bond", quick: true, run: checkVLAN},
	stackedTags,
	{name: "macvlan on the bond", run: checkMacvlan},
	{name: "bridge port, a host's MAC behind it", quick: true, run: checkBridge},
	{name: "device's MAC changed", quick: true, run: checkMAC},
	{name: "multicast joined", run: checkJoined},
	{name: "tcpdump on the bond", run: checkTcpdump},
	{name: "LLDP and PTP on the members", run: checkMembers},
	{name: "speed and duplex", run: checkSpeed},
	jumboFrames,
	{name: "carrier lost", slack: 15, run: checkCarrier},
	{name: "adapter removed and inserted", slack: 15, run: checkReplug},
}

func checkIPv4(t testing.TB, b *adapterBed) (o outcome) {
	b.forget(t)
	o.count(b.far.ping(t, nearIP, tries), tries)
	b.forget(t)
	o.count(b.ping(t, false, farIP, tries), tries)
	return o
}

func checkIPv6(t testing.TB, b *adapterBed) (o outcome) {
	b.forget(t)
	o.count(b.far.ping(t, nearIP6, tries), tries)
	b.forget(t)
	o.count(b.ping(t, false, farIP6, tries), tries)
	return o
}

func checkVLAN(t testing.TB, b *adapterBed) (o outcome) {
	b.g.mustScript(t, "ip link add link bond0 name bond0.10 type vlan id 10\n"+
		"ip address add 10.8.10.1/24 dev bond0.10; ip link set bond0.10 up")
	s := newStation(t, b.far.ns, b.far.device, "10.8.10.2", vlanTag{tpidC, 10})
	defer s.close()
	o.count(s.echoes(t, "10.8.10.1", tries), tries)
	b.g.run(t, "ip", "link", "delete", "bond0.10")
	return o
}

func checkStacked(t testing.TB, b *adapterBed) (o outcome) {
	for _, outer := range []struct {
		protocol string
		tpid     uint16
	}{{"802.1Q", tpidC}, {"802.1ad", tpidS}} {
		b.g.mustScript(t, "ip link add link bond0 name outer type vlan protocol "+outer.protocol+" id 100\n"+
			"ip link add link outer name inner type vlan id 20\n"+
			"ip address add 10.8.20.1/24 dev inner; ip link set outer up; ip link set inner up")
		s := newStation(t, b.far.ns, b.far.device, "10.8.20.2", vlanTag{outer.tpid, 100}, vlanTag{tpidC, 20})
		o.count(s.echoes(t, "10.8.20.1", tries), tries)
		s.close()
		b.g.run(t, "ip", "link", "delete", "outer")
	}
	return o
}

func checkMacvlan(t testing.TB, b *adapterBed) (o outcome) {
	b.g.mustScript(t, "ip link add link bond0 name mv0 netns "+guestNS+" type macvlan mode bridge\n"+
		"ip -n "+guestNS+" address add "+behindIP+"/24 dev mv0; ip -n "+guestNS+" link set mv0 up")
	b.reachBehind(t, &o)
	b.g.run(t, "ip", "-n", guestNS, "link", "delete", "mv0")
	return o
}

func checkBridge(t testing.TB, b *adapterBed) (o outcome) {
	b.g.mustScript(t, "ip link add br0 type bridge; ip link add va type veth peer name vb netns "+guestNS+"\n"+
		"ip link set va master br0 up; ip link set bond0 master br0; ip link set br0 up\n"+
		"ip -n "+guestNS+" address add "+behindIP+"/24 dev vb; ip -n "+guestNS+" link set vb up")
	b.reachBehind(t, &o)
	b.g.mustScript(t, "ip link set bond0 nomaster; ip link delete br0; ip link delete va")
	return o
}

// behindIP is the address of a host that the bond connects.
const behindIP = "10.9.0.77"

// reachBehind counts the echoes of a host that the bond connects, both ways.
func (b *adapterBed) reachBehind(t testing.TB, o *outcome) {
	t.Helper()
	b.far.forget(t)
	o.count(b.far.ping(t, behindIP, tries), tries)
	b.far.forget(t)
	o.count(b.ping(t, true, farIP, tries), tries)
}

func checkMAC(t testing.TB, b *adapterBed) (o outcome) {
	before := strings.TrimSpace(b.g.read(t, "/sys/class/net/bond0/address"))
	for _, mac := range []string{"02:11:22:33:44:55", before} {
		b.g.run(t, "ip", "link", "set", "bond0", "address", mac)
		b.forget(t)
		o.count(b.far.ping(t, nearIP, tries), tries)
		o.count(b.ping(t, false, farIP, tries), tries)
	}
	return o
}

const (
	groupPort  = 5009
	group4     = "239.9.9.9"
	otherGroup = "239.9.9.10"
	group6     = "ff15::99" // the smallest scope that needs no zone
)

// checkJoined checks the datagrams that a program receives. Whether an adapter keeps other
// groups from the bond is only noted, because the host's IP stack filters them too.
func checkJoined(t testing.TB, b *adapterBed) (o outcome) {
	for _, group := range []string{group4, group6} {
		l := b.join(t, guestLAG, group, groupPort)
		b.far.sendGroup(t, group, tries)
		o.count(len(l.heard(t, tries)), tries)
		l.close(t)
	}
	joined := b.join(t, guestLAG, group4, groupPort)
	l := b.listen(t, guestLAG, etherTypeIPv4, "", false)
	b.far.sendGroup(t, otherGroup, tries)
	b.far.sendGroup(t, group4, tries)
	passed := 0
	for _, f := range l.heard(t, tries) {
		if bytes.HasPrefix(f, []byte{1, 0, 0x5e, 9, 9, 10}) {
			passed++
		}
	}
	if passed > 0 {
		o.note = fmt.Sprintf("and %d of another group", passed)
	}
	l.close(t)
	joined.close(t)
	return o
}

// sendGroup sends datagrams to a group from the partner.
func (f *farEnd) sendGroup(t testing.TB, group string, count int) {
	t.Helper()
	index := f.ns.Index(t, f.device)
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	f.ns.Must(t, func() error {
		ip := net.ParseIP(group)
		family, level, option := unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF
		var to unix.Sockaddr = &unix.SockaddrInet6{Port: groupPort, Addr: [16]byte(ip)}
		if ip4 := ip.To4(); ip4 != nil {
			family, to = unix.AF_INET, &unix.SockaddrInet4{Port: groupPort, Addr: [4]byte(ip4)}
		}
		fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if family == unix.AF_INET6 {
			err = unix.SetsockoptInt(fd, level, option, index)
		} else {
			err = unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(index)})
		}
		for i := 0; i < count && err == nil; i++ {
			<-pause.C
			err = unix.Sendto(fd, []byte(fmt.Sprintf("datagram %d", i)), 0, to)
		}
		return err
	})
}

// strangerMAC is a station on neither side. strangerType is the EtherType of its frames, the
// first one for experiments.
var strangerMAC = []byte{2, 0x99, 0x99, 0x99, 0x99, 0x99}

const strangerType = 0x88b5

// checkTcpdump sends frames to a station elsewhere. They must arrive while the bond is
// promiscuous, and only then.
func checkTcpdump(t testing.TB, b *adapterBed) (o outcome) {
	s := newStation(t, b.far.ns, b.far.device, "10.8.30.2")
	defer s.close()
	// strangers returns how many of the frames for the stranger arrive. A broadcast after them
	// shows that the adapter receives.
	strangers := func(l *listener, want int) (n int) {
		for range tries {
			s.send(strangerMAC, strangerType, []byte("for a stranger"))
			<-time.After(10 * time.Millisecond)
		}
		s.send(broadcast, strangerType, []byte("for all"))
		for _, f := range l.heard(t, want+1) {
			if bytes.HasPrefix(f, strangerMAC) {
				n++
			}
		}
		return n
	}
	// The first frames may have to wait until the request takes effect.
	l := b.listen(t, guestLAG, strangerType, "", false)
	o.bad += strangers(l, 0)
	l.close(t)
	l = b.listen(t, guestLAG, strangerType, "", true)
	for range 3 {
		if strangers(l, tries) == tries {
			break
		}
	}
	o.count(strangers(l, tries), tries)
	l.close(t)
	l = b.listen(t, guestLAG, strangerType, "", false)
	for range 3 {
		if strangers(l, 0) == 0 {
			break
		}
	}
	o.bad += strangers(l, 0)
	l.close(t)
	return o
}

// checkMembers checks that programs on a member send and receive: LLDP on a socket for all
// frames, as lldpd does, and on a socket for LLDP only, as networkd does; PTP on a socket for
// PTP only.
func checkMembers(t testing.TB, b *adapterBed) (o outcome) {
	for i := range adapterMembers {
		name := fmt.Sprintf("eth%d", i)
		for _, program := range []struct {
			etherType, socket int
			group             string
		}{
			{unix.ETH_P_LLDP, unix.ETH_P_ALL, "01:80:c2:00:00:0e"},
			{unix.ETH_P_LLDP, unix.ETH_P_LLDP, "01:80:c2:00:00:0e"},
			{unix.ETH_P_1588, unix.ETH_P_1588, "01:1b:19:00:00:00"},
		} {
			group, err := net.ParseMAC(program.group)
			if err != nil {
				t.Fatal(err)
			}
			etherType := uint16(program.etherType)
			l := b.listen(t, name, program.socket, program.group, false)
			frame := makeFrame(group, strangerMAC, nil, etherType, []byte("from the far end"))
			for range tries {
				b.g.wires[i].write(frame)
				<-time.After(5 * time.Millisecond)
			}
			heard := 0
			for _, f := range l.heard(t, tries) {
				if bytes.HasPrefix(f, frame[:14]) {
					heard++
				}
			}
			o.count(heard, tries)
			l.close(t)

			before := b.taps[i].count(etherType)
			frame = makeFrame(group, strangerMAC, nil, etherType, []byte("from the member"))
			b.ask(t, map[string]any{"op": "send", "interface": name, "interval": 5000, "frames": [][]byte{frame, frame, frame, frame}})
			for end := time.Now().Add(time.Second); b.taps[i].count(etherType) < before+tries && time.Now().Before(end); {
				<-time.After(pollEvery)
			}
			<-time.After(quiet)
			o.count(b.taps[i].count(etherType)-before, tries)
		}
	}
	return o
}

var (
	ethtoolSpeed  = regexp.MustCompile(`Speed: (\d+)Mb/s`)
	ethtoolDuplex = regexp.MustCompile(`Duplex: (\w+)`)
)

// checkSpeed checks that the bond reports the sum of its members' speeds, full duplex and a
// carrier.
func checkSpeed(t testing.TB, b *adapterBed) (o outcome) {
	sum := 0
	for i := range adapterMembers {
		speed, _ := b.ethtool(t, fmt.Sprintf("eth%d", i))
		sum += speed
	}
	if sum == 0 {
		t.Fatal("the adapters have no speed")
	}
	speed, duplex := b.ethtool(t, guestLAG)
	o.want, o.note = 2, fmt.Sprintf("%d Mb/s %s", speed, strings.ToLower(duplex))
	if speed == sum {
		o.good++
	}
	if duplex == "Full" {
		o.good++
	}
	return o
}

func (b *adapterBed) ethtool(t testing.TB, name string) (speed int, duplex string) {
	t.Helper()
	out := b.g.run(t, "ethtool", name)
	if m := ethtoolSpeed.FindStringSubmatch(out); m != nil {
		speed, _ = strconv.Atoi(m[1])
	}
	if m := ethtoolDuplex.FindStringSubmatch(out); m != nil {
		duplex = m[1]
	}
	return speed, duplex
}

var maxMTU = regexp.MustCompile(`maxmtu (\d+)`)

func checkJumbo(t testing.TB, b *adapterBed) (o outcome) {
	if m := maxMTU.FindStringSubmatch(b.g.run(t, "ip", "-d", "link", "show", "eth0")); m != nil {
		if most, _ := strconv.Atoi(m[1]); most < jumboMTU {
			return outcome{skipped: true, note: "at most " + m[1]}
		}
	}
	// The largest IPv4 packet that fits one frame: 28 octets are headers.
	jumbo := []string{"-M", "do", "-s", strconv.Itoa(jumboMTU - 28)}
	b.setMTU(t, jumboMTU)
	o.count(b.far.ping(t, nearIP, tries, jumbo...), tries)
	o.count(b.ping(t, false, farIP, tries, jumbo...), tries)
	b.setMTU(t, plainMTU)
	return o
}

// setMTU sets the device's MTU and waits until it takes effect. Some adapters restart for it and are
// silent for seconds, which the far end does not notice. So each end must have been heard on each cable
// after that.
func (b *adapterBed) setMTU(t testing.TB, mtu int) {
	t.Helper()
	b.driver.setMTU(t, b, mtu)
	await(t, fmt.Sprintf("the device has MTU %d", mtu), time.Now(), settleLimit, func() bool {
		return strings.TrimSpace(b.g.read(t, "/sys/class/net/bond0/mtu")) == strconv.Itoa(mtu)
	}, func() string { return b.show(t) })
	var before []int
	for _, c := range b.cables {
		before = append(before, c.a.seen.get().pdus, c.b.seen.get().pdus)
	}
	await(t, "each end is heard twice on each cable", time.Now(), settleLimit, func() bool {
		for i, c := range b.cables {
			if c.a.seen.get().pdus < before[2*i]+2 || c.b.seen.get().pdus < before[2*i+1]+2 {
				return false
			}
		}
		return true
	}, func() string { return b.show(t) })
	b.settle(t)
}

// The echo requests that a case of a lost member sends. The member goes lossAfter
// the first.
const (
	lossRequests = 300
	lossEvery    = 10 * time.Millisecond
	lossAfter    = time.Second
)

// checkCarrier pulls a cable. The bond must lose no more than the reference, and use the
// member again once the cable is back.
func checkCarrier(t testing.TB, b *adapterBed) outcome {
	c := b.cables[0]
	result := b.echoing(lossRequests, lossEvery)
	<-time.After(lossAfter)
	gone := b.g.change("/sys/class/net/eth0/carrier", "1\n")
	c.setUp(t, false)
	o := lostAfter(t, gone(t), result(t))
	b.plugIn(t, c, &o)
	return o
}

// checkReplug removes an adapter and inserts it again.
func checkReplug(t testing.TB, b *adapterBed) outcome {
	const i = 1
	c := b.cables[i]
	result := b.echoing(lossRequests, lossEvery)
	<-time.After(lossAfter)
	gone := b.g.change("/sys/class/net/eth1/operstate", "up\n")
	b.g.remove(t, i)
	at := gone(t)
	// The far end's carrier goes with the adapter.
	c.a.up.Store(false)
	c.b.up.Store(false)
	c.b.end.setCarrier(t, false)
	o := lostAfter(t, at, result(t))
	b.g.awaitRemoved(t, i)
	b.g.insert(t, i)
	b.driver.inserted(t, b, i)
	b.plugIn(t, c, &o)
	return o
}

// lostAfter counts the requests lost after the guest sees that the member is gone. An adapter
// may take some time to report that, whichever driver makes the bond; losses before the report
// are only noted.
func lostAfter(t testing.TB, gone int64, r guestEchoes) (o outcome) {
	t.Helper()
	before := 0
	for _, n := range r.Lost {
		if r.Times[n] < gone {
			before++
		}
	}
	o.bad, o.lost = r.Duplicate, len(r.Lost)-before
	o.note = fmt.Sprintf("lost %d+%d", before, o.lost)
	return o
}

// plugIn plugs a cable in and waits until the member is in use again.
func (b *adapterBed) plugIn(t testing.TB, c cable, o *outcome) {
	t.Helper()
	c.a.seen.reset()
	c.b.seen.reset()
	c.setUp(t, true)
	o.want = 1
	for end := time.Now().Add(settleLimit); time.Now().Before(end); <-time.After(pollEvery) {
		if b.inUse(c) {
			o.good = 1
			return
		}
	}
	t.Logf("the member is not in use again:\n%s", b.show(t))
}
