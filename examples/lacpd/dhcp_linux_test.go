package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab"
)

// leaseScript is what udhcpc runs when it gets a lease.
const leaseScript = `#!/bin/sh
case "$1" in
bound|renew)
	ip address replace "$ip/$mask" dev "$interface"
	ip route replace default via "$router" dev "$interface"
	;;
esac
`

// busybox skips the test without busybox or one of its applets.
func busybox(t *testing.T, applets ...string) string {
	t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("needs busybox")
	}
	list, err := exec.Command(path, "--list").Output()
	if err != nil {
		t.Skipf("needs busybox: %v", err)
	}
	for _, applet := range applets {
		if !strings.Contains("\n"+string(list), "\n"+applet+"\n") {
			t.Skipf("needs busybox with %s", applet)
		}
	}
	return path
}

// startServer starts a DHCP server on the bond's device of a namespace. It ends with the test.
func startServer(t *testing.T, path string, ns *netlab.NS) {
	t.Helper()
	dir := t.TempDir()
	conf := filepath.Join(dir, "udhcpd.conf")
	text := fmt.Sprintf("interface bond0\nstart 192.0.2.100\nend 192.0.2.100\noption subnet 255.255.255.0\noption router 192.0.2.1\noption lease 600\nlease_file %s/leases\npidfile %s/pid\n", dir, dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(path, "udhcpd", "-f", conf)
	if err := ns.Start(server); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	})
}

// TestDHCPClientOnABond checks that udhcpc gets an address for the device of a bond, and that lacpd
// leaves the address and the route of the client alone.
func TestDHCPClientOnABond(t *testing.T) {
	if os.Getenv("LAGKIT_LAB") == "" {
		t.Skip("takes seconds: runs with LAGKIT_LAB=1")
	}
	path := busybox(t, "udhcpc", "udhcpd")
	a, b := pairOf(t)
	client := startProcess(t, a, oneBond, nil)
	server := startProcess(t, b, strings.Replace(oneBond, "}", ", addresses: [192.0.2.1/24]}", 1), nil)
	for _, p := range []*process{client, server} {
		p.log.await(t, "msg=running")
		await(t, "the bond is up", netlab.Patience, func() bool { return p.bond("bond0").Up })
	}
	startServer(t, path, b)
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(leaseScript), 0o700); err != nil {
		t.Fatal(err)
	}
	out := a.Run(t, path, "udhcpc", "-i", "bond0", "-f", "-q", "-n", "-t", "20", "-T", "1", "-s", script)
	has := func() bool {
		return strings.Contains(a.Run(t, "ip", "-o", "-4", "address", "show", "dev", "bond0"), "192.0.2.100/24") &&
			strings.Contains(a.Run(t, "ip", "route", "show", "default"), "via 192.0.2.1 dev bond0")
	}
	if !has() {
		t.Fatalf("bond0 lacks 192.0.2.100/24 or the default route; udhcpc prints\n%s", out)
	}
	a.Run(t, "ping", "-c", "1", "-w", "10", "192.0.2.1")
	for _, port := range []string{"v0", "v1"} {
		if got := a.Run(t, "ip", "-o", "-4", "address", "show", "dev", port); got != "" {
			t.Errorf("%s has an address: %s", port, got)
		}
	}
	client.write(t, strings.Replace(oneBond, "}", ", mtu: 1600}", 1))
	client.reload(t)
	if !has() {
		t.Error("a reload removed what the DHCP client had set")
	}
}
