package lab

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

const (
	ownProcess = "the object belongs to the process, which is not there"
	noObject   = "there is no such object before the start"
)

// absentProcess lists the moments without a process.
var absentProcess = map[moment]string{beforeStart: ownProcess, afterKill: ownProcess}

// absentDevice lists the moments without a device.
var absentDevice = map[moment]string{beforeStart: noObject, afterKill: noObject}

// times returns a deed that is done n times, each time with another value.
func times(n int, do func(t testing.TB, b *hostBed, i int)) func(testing.TB, *hostBed) {
	return func(t testing.TB, b *hostBed) {
		for i := range n {
			do(t, b, i)
		}
	}
}

// repeated returns two deeds: one done once, and one done forty times.
func repeated(d deed, do func(t testing.TB, b *hostBed, i int)) []deed {
	once, forty := d, d
	once.action, once.act = d.action+" once", times(1, do)
	forty.action, forty.act, forty.quick = d.action+" forty times", times(40, do), false
	return []deed{once, forty}
}

func deeds() (all []deed) {
	all = append(all, memberDeeds()...)
	all = append(all, deviceDeeds()...)
	all = append(all, filterDeeds()...)
	return append(all, processDeeds()...)
}

func memberDeeds() []deed {
	up := func(t testing.TB, b *hostBed) { b.near.Up(t, "m1") }
	list := []deed{{
		object: "member", action: "deleted", quick: true,
		act:   func(t testing.TB, b *hostBed) { b.near.Delete(t, "m1") },
		wrong: `(?s)"missing": \[.*"name": "m1"`, atStart: `(?s)"missing": \[.*"name": "m1"`, log: "member is lost.*member=m1",
		undo: func(t testing.TB, b *hostBed) { b.plug(t, 1) }, before: func(t testing.TB, b *hostBed) { b.plug(t, 1) },
	}, {
		object: "member", action: "set down", quick: true,
		act:   func(t testing.TB, b *hostBed) { b.near.Down(t, "m1") },
		wrong: `"code": "InterfaceDown"`, log: "InterfaceDown.*set it up", told: true, undo: up,
	}, {
		object: "member", action: "renamed", quick: true,
		act: func(t testing.TB, b *hostBed) { b.ip(t, "link", "set", "dev", "m1", "name", "x1") },
		log: "renamed.*x1",
		right: func(t testing.TB, b *hostBed) string {
			if m := b.us.status(t).member("m1"); m.Interface != "x1" && m.Interface != "m1" {
				return fmt.Sprintf("interface %q, want x1", m.Interface)
			}
			return ""
		},
		stays:   func(t testing.TB, b *hostBed) bool { return strings.Contains(b.ip(t, "link"), "x1") },
		atStart: `(?s)"missing": \[.*"name": "m1"`, before: func(t testing.TB, b *hostBed) { b.ip(t, "link", "set", "dev", "x1", "name", "m1") },
	}, {
		object: "member", action: "moved away and back", quick: true,
		act:   func(t testing.TB, b *hostBed) { b.near.Move(t, "m1", b.far) },
		wrong: `(?s)"missing": \[.*"name": "m1"`, atStart: `(?s)"missing": \[.*"name": "m1"`, log: "member is lost.*member=m1", told: true,
		undo: func(t testing.TB, b *hostBed) { b.far.Move(t, "m1", b.near); up(t, b) }, before: func(t testing.TB, b *hostBed) { b.far.Move(t, "m1", b.near); up(t, b) },
	}, {
		object: "member", action: "enslaved", quick: true,
		act: func(t testing.TB, b *hostBed) {
			b.ip(t, "link", "add", "name", "br0", "type", "bridge")
			b.ip(t, "link", "set", "dev", "m1", "master", "br0")
		},
		log: "became a port",
		right: func(t testing.TB, b *hostBed) string {
			if out := b.ip(t, "link", "show", "dev", "m1"); strings.Contains(out, "master") {
				return out
			}
			return ""
		},
		stays:   func(t testing.TB, b *hostBed) bool { return strings.Contains(b.ip(t, "link"), "br0") },
		atStart: "br0", before: func(t testing.TB, b *hostBed) { b.ip(t, "link", "set", "dev", "m1", "nomaster") },
	}, {
		object: "member", action: "given to a second process", quick: true,
		act: func(t testing.TB, b *hostBed) {
			second := startLacpd(t, b.near, lacpdConfig{members: []string{"m1"}, ip: "10.77.0.1", name: "bond1"})
			await(t, "the second lacpd is refused", time.Now(), showLimit, func() bool {
				return strings.Contains(second.Log.String(), fmt.Sprint(b.us.Cmd.Process.Pid))
			}, second.Log.String)
		},
		not: absentProcess,
	}}
	list = append(list, repeated(deed{object: "member", quick: true, action: "MAC address changed", log: "MAC address of the interface was changed",
		right: func(t testing.TB, b *hostBed) string {
			if got, want := b.near.Interface(t, "m1").HardwareAddr.String(), b.us.status(t).MAC; got != want {
				return "address " + got + ", want " + want
			}
			return ""
		},
		stays: func(testing.TB, *hostBed) bool { return true }, // it is restored, or belongs to another program by now
	}, func(t testing.TB, b *hostBed, i int) {
		b.near.SetHardwareAddr(t, "m1", net.HardwareAddr{2, 0, 0, 0, 1, byte(i)})
	})...)
	list = append(list, repeated(deed{object: "member", quick: true, action: "MTU changed", log: "MTU of the interface was changed",
		right: func(t testing.TB, b *hostBed) string {
			if got := b.near.Interface(t, "m1").MTU; got != 1500 {
				return fmt.Sprintf("MTU %d, want 1500", got)
			}
			return ""
		},
		stays: func(testing.TB, *hostBed) bool { return true },
	}, func(t testing.TB, b *hostBed, i int) {
		b.ip(t, "link", "set", "dev", "m1", "mtu", fmt.Sprint(1300+i))
	})...)
	bare := func(t testing.TB, b *hostBed) string { return b.ip(t, "-o", "addr", "show", "dev", "m1") }
	list = append(list, repeated(deed{object: "member", quick: true, action: "given an address", log: "IP addresses", right: bare,
		stays: func(t testing.TB, b *hostBed) bool { return strings.Contains(bare(t, b), "192.0.2.") },
	}, func(t testing.TB, b *hostBed, i int) {
		b.ip(t, "addr", "replace", fmt.Sprintf("192.0.2.%d/32", 1+i), "dev", "m1")
	})...)
	return append(list, repeated(deed{object: "member", action: "given IPv6", right: bare,
		stays: func(testing.TB, *hostBed) bool { return true },
	}, func(t testing.TB, b *hostBed, i int) {
		b.near.Run(t, "sh", "-c", fmt.Sprintf("echo %d >/proc/sys/net/ipv6/conf/m1/disable_ipv6", i%2))
	})...)
}

func deviceDeeds() []deed {
	list := []deed{{
		object: "device", action: "deleted", quick: true, not: absentDevice, log: "device changed.*removed",
		act: func(t testing.TB, b *hostBed) { b.near.Delete(t, "bond0") },
	}, {
		object: "device", action: "deleted four times", not: absentDevice,
		act: times(4, func(t testing.TB, b *hostBed, i int) {
			await(t, "the device exists", time.Now(), wellLimit, func() bool { return b.near.Exists(t, "bond0") }, b.us.Log.String)
			b.near.Delete(t, "bond0")
		}),
	}, {
		object: "device", action: "set down", quick: true, not: absentDevice, told: true,
		act:   func(t testing.TB, b *hostBed) { b.near.Down(t, "bond0") },
		wrong: `"state": "down"`, log: "device changed.*set down",
		undo: func(t testing.TB, b *hostBed) { b.near.Up(t, "bond0") },
	}, {
		object: "device", action: "renamed", quick: true, not: absentDevice, log: "renamed to lag0",
		act: func(t testing.TB, b *hostBed) { b.ip(t, "link", "set", "dev", "bond0", "name", "lag0") },
		right: func(t testing.TB, b *hostBed) string {
			if got := b.us.status(t).Device.Name; got != "lag0" {
				return "device " + got + ", want lag0"
			}
			return ""
		},
	}, {
		object: "device", action: "moved away", quick: true, not: absentDevice, log: "device changed.*removed",
		act: func(t testing.TB, b *hostBed) { b.near.Move(t, "bond0", netlab.New(t)) },
	}, {
		object: "device", action: "enslaved",
		not: map[moment]string{beforeStart: noObject, afterKill: noObject,
			beforeReload: "the file's address is on the bridge now, and the reload is refused"},
		act: func(t testing.TB, b *hostBed) {
			b.ip(t, "link", "add", "name", "br0", "type", "bridge")
			b.ip(t, "link", "set", "dev", "br0", "up")
			b.ip(t, "addr", "del", "10.9.0.1/24", "dev", "bond0")
			b.ip(t, "link", "set", "dev", "bond0", "master", "br0")
			b.ip(t, "addr", "add", "10.9.0.1/24", "dev", "br0")
		},
		stays: func(t testing.TB, b *hostBed) bool { return strings.Contains(b.ip(t, "link"), "br0") },
	}}
	list = append(list, repeated(deed{object: "device", quick: true, action: "MAC address changed", not: absentDevice, log: "device changed.*MAC address",
		right: func(t testing.TB, b *hostBed) string {
			device := b.near.Interface(t, "bond0").HardwareAddr.String()
			if got := b.near.Interface(t, "m1").HardwareAddr.String(); got != device {
				return "m1 has " + got + ", bond0 " + device
			}
			return ""
		},
	}, func(t testing.TB, b *hostBed, i int) {
		b.near.SetHardwareAddr(t, "bond0", net.HardwareAddr{2, 0, 0, 0, 2, byte(i)})
	})...)
	list = append(list, repeated(deed{object: "device", action: "MTU changed", not: absentDevice, log: "device changed.*MTU",
		right: func(t testing.TB, b *hostBed) string {
			device := b.near.Interface(t, "bond0").MTU
			if got := b.near.Interface(t, "m1").MTU; got != device {
				return fmt.Sprintf("m1 has %d, bond0 %d", got, device)
			}
			return ""
		},
	}, func(t testing.TB, b *hostBed, i int) {
		b.ip(t, "link", "set", "dev", "bond0", "mtu", fmt.Sprint(1400+i))
	})...)
	list = append(list, repeated(deed{object: "device", action: "given an address", not: absentDevice,
		right: func(t testing.TB, b *hostBed) string {
			if out := b.ip(t, "-o", "addr", "show", "dev", "bond0"); !strings.Contains(out, "192.0.2.1/") {
				return "the address is gone: " + out
			}
			return ""
		},
	}, func(t testing.TB, b *hostBed, i int) {
		b.ip(t, "addr", "replace", fmt.Sprintf("192.0.2.%d/32", 1+i), "dev", "bond0")
	})...)
	return append(list, deed{
		object: "device", action: "robbed of its address", act: func(t testing.TB, b *hostBed) { b.ip(t, "addr", "flush", "dev", "bond0") },
		not: map[moment]string{beforeStart: noObject, afterKill: noObject, beforeStop: "it goes with the device",
			whileRunning: "the kernel's driver leaves it, and a reload puts it back", underLoad: "as while it runs"},
	})
}

func filterDeeds() []deed {
	filter := func(t testing.TB, b *hostBed) string {
		if out := b.near.Run(t, "tc", "filter", "show", "dev", "m1", "ingress"); !strings.Contains(out, "bpf") {
			return "no filter: " + out
		}
		return ""
	}
	foreign := func(t testing.TB, b *hostBed) bool {
		return strings.Contains(b.near.Run(t, "tc", "filter", "show", "dev", "m1", "ingress"), "u32")
	}
	noFilter := map[moment]string{beforeStart: noObject, afterKill: "the next start puts its own in place"}
	list := repeated(deed{object: "filter", action: "removed with its queue discipline", not: noFilter, log: "ingress filter", right: filter},
		func(t testing.TB, b *hostBed, i int) {
			b.near.Run(t, "sh", "-c", "tc qdisc del dev m1 clsact 2>/dev/null || true") // it may still be missing
		})
	return append(list, deed{
		object: "filter", action: "removed alone", quick: true, not: noFilter, log: "ingress filter", right: filter,
		act: func(t testing.TB, b *hostBed) { b.near.Run(t, "tc", "filter", "del", "dev", "m1", "ingress") },
	}, deed{
		object: "filter", action: "joined by another program's", quick: true, right: filter, stays: foreign,
		act: func(t testing.TB, b *hostBed) {
			b.near.Run(t, "sh", "-c", "tc qdisc show dev m1 | grep -q clsact || tc qdisc add dev m1 clsact")
			b.near.Run(t, "tc", "filter", "add", "dev", "m1", "ingress", "prio", "100", "protocol", "ip", "u32", "match", "u32", "0", "0", "flowid", ":1")
		},
	}, deed{
		object: "queue discipline", action: "of a member replaced", quick: true,
		act: func(t testing.TB, b *hostBed) {
			b.near.Run(t, "tc", "qdisc", "replace", "dev", "m1", "root", "pfifo", "limit", "100")
		},
		stays: func(t testing.TB, b *hostBed) bool {
			return strings.Contains(b.near.Run(t, "tc", "qdisc", "show", "dev", "m1"), "pfifo")
		},
	}, deed{
		object: "queue discipline", action: "of the device replaced", not: absentDevice,
		act: func(t testing.TB, b *hostBed) {
			b.near.Run(t, "tc", "qdisc", "replace", "dev", "bond0", "root", "pfifo", "limit", "100")
		},
	}, deed{
		object: "route", action: "over the device added", quick: true, not: absentDevice,
		act: func(t testing.TB, b *hostBed) { b.ip(t, "route", "add", "198.51.100.0/24", "via", "10.9.0.2") },
		right: func(t testing.TB, b *hostBed) string {
			if out := b.ip(t, "route"); !strings.Contains(out, "198.51.100.0/24") {
				return "the route is gone: " + out
			}
			return ""
		},
	}, deed{
		object: "namespace", action: "of the host renamed or deleted", act: func(testing.TB, *hostBed) {},
		not: map[moment]string{beforeStart: "a namespace lives as long as a process in it", whileRunning: "the same", underLoad: "the same",
			beforeReload: "the same", beforeStop: "the same", afterKill: "the interfaces go with it"},
	})
}

func processDeeds() []deed {
	return []deed{{
		object: "state directory", action: "deleted", quick: true,
		act: func(t testing.TB, b *hostBed) {
			if b.us != nil {
				_ = os.RemoveAll(b.us.stateDir)
			}
		},
		not: map[moment]string{beforeStart: "it is made when it is missing"},
	}, {
		object: "state directory", action: "replaced by a file",
		act: func(t testing.TB, b *hostBed) {
			_ = os.RemoveAll(b.us.stateDir)
			if err := os.WriteFile(b.us.stateDir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		not: map[moment]string{beforeStart: "refused: TestStateDirectory in bond/netif", afterKill: "refused as before the start"},
	}, {
		object: "socket", action: "held by a hundred clients", quick: true, not: absentProcess,
		act: func(t testing.TB, b *hostBed) {
			for range 100 {
				conn, err := net.Dial("unix", b.us.socket)
				if err != nil {
					continue // lacpd refuses more than its limit
				}
				t.Cleanup(func() { _ = conn.Close() })
			}
		},
	}, {
		object: "descriptor limit", action: "lowered and raised", quick: true, not: absentProcess,
		act: func(t testing.TB, b *hostBed) {
			limit := func(n uint64) {
				if err := unix.Prlimit(b.us.Cmd.Process.Pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: 4096}, nil); err != nil {
					t.Fatal(err)
				}
			}
			limit(8)
			conn, err := net.Dial("unix", b.us.socket)
			if err == nil {
				t.Cleanup(func() { _ = conn.Close() })
			}
			await(t, "it reaches the limit", time.Now(), showLimit, func() bool { return strings.Contains(b.us.Log.String(), "too many open files") }, b.us.Log.String)
			limit(1024)
		},
		log: "too many open files",
	}, {
		object: "clock", action: "stood still for two seconds", not: absentProcess,
		act: func(t testing.TB, b *hostBed) {
			b.us.Signal(t, syscall.SIGSTOP)
			<-time.After(2 * time.Second) // wait for the partner's clock
			b.us.Signal(t, syscall.SIGCONT)
		},
	}, {
		object: "clock", action: "set", act: func(testing.TB, *hostBed) {},
		not: map[moment]string{beforeStart: "the machine's clock is that of every program on it; only intervals are used", whileRunning: "the same",
			underLoad: "the same", beforeReload: "the same", beforeStop: "the same", afterKill: "the same"},
	}, {
		object: "log", action: "without a reader", act: func(testing.TB, *hostBed) {},
		not: map[moment]string{beforeStart: "TestLog in examples/lacpd", whileRunning: "the same", underLoad: "the same",
			beforeReload: "the same", beforeStop: "the same", afterKill: "the same"},
	}}
}
