package netif

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// An interface on top of a future member would go dead without an error.
func TestInterfaceInUseIsRefusedBOX26(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what string
		make string   // sh
		says []string // what the refusal names
	}{
		{"macvlan", "ip link add link near0 name mv0 type macvlan mode bridge", []string{"macvlan", "mv0", "ip link del dev mv0"}},
		{"macvtap", "ip link add link near0 name mt0 type macvtap mode bridge", []string{"macvtap", "mt0"}},
		{"vxlan", "ip link add name vx0 type vxlan id 7 dev near0 remote 192.0.2.2 dstport 4789", []string{"vxlan", "vx0"}},
		{"bridge", "ip link add name br0 type bridge; ip link set dev near0 master br0", []string{"br0", "nomaster"}},
	} {
		c := layCable(t)
		c.near.Run(t, "sh", "-e", "-c", "for i in default near0; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done; "+tt.make)
		before := c.near.Dump(t, nearName)
		err := tryOpen(t, c.near, nearName)
		checkRefused(t, tt.what, err, tt.says)
		err = c.near.Do(func() error { return CheckLink(c.config()) })
		checkRefused(t, tt.what+", checked", err, tt.says)
		if diff := before.Diff(c.near.Dump(t, nearName)); diff != "" {
			t.Errorf("%s: the refusal changed something, - before, + after:\n%s", tt.what, diff)
		}
	}
}

// A container's macvlan on the interface is found too.
func TestInterfaceInUseByAContainerIsRefusedBOX26(t *testing.T) {
	t.Parallel()
	c, container := layCable(t), netlab.New(t)
	// An interface of another namespace with the same index is not ours.
	other := netlab.New(t)
	other.Run(t, "ip", "link", "add", "name", "low0", "index", itoa(c.near.Index(t, nearName)), "type", "bridge")
	other.Run(t, "ip", "link", "add", "link", "low0", "name", "mv1", "type", "macvlan", "mode", "bridge")
	other.Move(t, "mv1", container)
	if err := tryOpen(t, c.near, nearName); err != nil {
		t.Errorf("OpenLink() = %v, want nil", err)
	}
	c.near.Run(t, "ip", "link", "add", "link", nearName, "name", "mv0", "type", "macvlan", "mode", "bridge")
	c.near.Move(t, "mv0", container)
	checkRefused(t, "macvlan", tryOpen(t, c.near, nearName), []string{"macvlan", "mv0", "another network namespace"})
}

func checkRefused(t *testing.T, what string, err error, says []string) {
	t.Helper()
	var le *link.Error
	if !errors.As(err, &le) || le.Field != "Name" || le.Value != `"`+nearName+`"` {
		t.Errorf("%s: error %v, want an Error of Name", what, err)
		return
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%s: error %q, want one with %q", what, err, s)
		}
	}
}

// The other end of a veth pair names an interface too, and a macvlan may itself be a member.
func TestInterfaceNotInUseIsTakenBOX26(t *testing.T) {
	t.Parallel()
	ns := netlab.New(t)
	ns.Run(t, "sh", "-e", "-c", `ip link add name near0 type veth peer name near1; ip link set dev near1 up
ip link add name low0 type veth peer name low1; ip link add link low0 name mv0 type macvlan mode bridge; ip link set dev low0 up`)
	for _, name := range []string{"near0", "mv0"} {
		if err := tryOpen(t, ns, name); err != nil {
			t.Errorf("%s: OpenLink() = %v, want nil", name, err)
		}
	}
}

func TestInterfaceWithXDPIsRefusedBOX26(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	prog := loadXDP(t)
	setXDP(t, c.near, nearName, prog)
	checkRefused(t, "XDP", tryOpen(t, c.near, nearName), []string{"XDP program", "xdp off"})
	setXDP(t, c.near, nearName, -1)
	if err := tryOpen(t, c.near, nearName); err != nil {
		t.Errorf("without the program: OpenLink() = %v, want nil", err)
	}
}

// loadXDP loads a program that passes every frame.
func loadXDP(t *testing.T) (fd int) {
	t.Helper()
	code := []uint64{0x00000002_0000_00b7, 0x95} // r0 = XDP_PASS; exit
	license := []byte("GPL\x00")
	attr := struct {
		typ, count          uint32
		code, license       uint64
		level, size         uint32
		log                 uint64
		version, flags      uint32
		name                [16]byte
		ifindex, attachType uint32
	}{typ: unix.BPF_PROG_TYPE_XDP, count: uint32(len(code)), code: uint64(uintptr(unsafe.Pointer(&code[0]))),
		license: uint64(uintptr(unsafe.Pointer(&license[0])))}
	r, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != 0 {
		t.Skipf("needs the right to load BPF programs: %v", errno)
	}
	t.Cleanup(func() { _ = unix.Close(int(r)) })
	return int(r)
}

// setXDP attaches a program to an interface, or removes it if the descriptor is -1.
func setXDP(t *testing.T, ns *netlab.NS, name string, prog int) {
	t.Helper()
	index := ns.Index(t, name)
	ns.Must(t, func() error {
		conn, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
		if err != nil {
			return err
		}
		defer conn.Close()
		header := make([]byte, unix.SizeofIfInfomsg)
		*(*int32)(unsafe.Pointer(&header[4])) = int32(index)
		ae := netlink.NewAttributeEncoder()
		ae.Nested(unix.IFLA_XDP, func(ae *netlink.AttributeEncoder) error {
			ae.Int32(unix.IFLA_XDP_FD, int32(prog))
			return nil
		})
		attrs, err := ae.Encode()
		if err != nil {
			return err
		}
		_, err = conn.Execute(netlink.Message{
			Header: netlink.Header{Type: unix.RTM_SETLINK, Flags: netlink.Request | netlink.Acknowledge},
			Data:   append(header, attrs...),
		})
		return err
	})
}

// A refusal names the existing interfaces and what to do, in words that need no source code.
func TestRefusalsAreInPlainWordsBOX38(t *testing.T) {
	c := layCable(t)
	c.near.Run(t, "ip", "link", "property", "add", "dev", nearName, "altname", "uplink-a")
	err := tryOpen(t, c.near, "near9")
	if !errors.Is(err, unix.ENODEV) {
		t.Errorf("error %v is not ENODEV", err)
	}
	var dev error
	c.near.Must(t, func() error {
		_, dev = OpenDevice(DeviceConfig{Name: nearName})
		return nil
	})
	if got := fmt.Sprint(dev); !strings.Contains(got, "an interface already has this name") || !strings.Contains(got, "ip link del dev near0") ||
		strings.Contains(got, "file exists") {
		t.Errorf("OpenDevice() of a name in use = %v, want an error in plain words", dev)
	}
	want := `bond: interface near9: use as a member: Name "near9": there is no such interface (the Ethernet interfaces here are near0 (uplink-a))`
	if err == nil || err.Error() != want {
		t.Errorf("error %q\nwant  %q", err, want)
	}
}

func TestMemberByAlternativeNameBOX41(t *testing.T) {
	netlab.Slow(t)
	t.Parallel()
	c := layCable(t)
	for _, alt := range []string{"uplink-a", "an-alternative-name-longer-than-any-first-name"} {
		c.near.Run(t, "ip", "link", "property", "add", "dev", nearName, "altname", alt)
		c.near.AwaitAddresses(t)
		before := c.near.Dump(t, nearName)
		l := c.open(t, Config{Name: alt, StateDir: c.dir, HardwareAddr: bondAddr})
		if err := tryOpen(t, c.near, nearName); !errors.As(err, new(*OwnedError)) {
			t.Errorf("the member %s by its first name: OpenLink() = %v, want an OwnedError", alt, err)
		}
		if s := snap(t, c.near, nearName); s.Addr != bondAddr.String() || s.IPv6 == "0" {
			t.Errorf("as a member: %+v, want MAC address %s, no IPv6", s, bondAddr)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		c.near.AwaitAddresses(t)
		if diff := before.Diff(c.near.Dump(t, nearName)); diff != "" {
			t.Errorf("%s: state differs, - before, + after:\n%s", alt, diff)
		}
	}
}

// If the directory can't be created, the message names the privileges needed.
func TestStateDirWithoutRightsBOX38(t *testing.T) {
	err := stateDirError("eth0", "record its state", "/run/lagkit", &os.PathError{Op: "mkdir", Path: "/run/lagkit", Err: unix.EACCES})
	if got := err.Error(); !strings.Contains(got, "CAP_NET_ADMIN") || !strings.Contains(got, "CAP_NET_RAW") || !strings.Contains(got, "root") {
		t.Errorf("error %q, want one that names root, CAP_NET_ADMIN and CAP_NET_RAW", got)
	}
}
