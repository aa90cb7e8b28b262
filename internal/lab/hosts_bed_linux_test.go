package lab

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// hostBed is a host with a lacpd. Its bond has the ports m0 and m1, which cables connect to
// the ports far0 and far1 of another lacpd.
type hostBed struct {
	near, far *netlab.NS
	us, them  *lacpd
}

var hostPorts = []string{"m0", "m1"}

// newHostBed makes the cables and starts the partner.
func newHostBed(t testing.TB) *hostBed {
	t.Helper()
	b := &hostBed{near: netlab.New(t), far: netlab.New(t)}
	for i := range hostPorts {
		b.plug(t, i)
	}
	b.them = startLacpd(t, b.far, lacpdConfig{members: []string{"far0", "far1"}, fast: true, ip: "10.9.0.2", more: []string{"aggregate_wait: 0"}})
	return b
}

func (b *hostBed) plug(t testing.TB, i int) {
	t.Helper()
	far := fmt.Sprintf("far%d", i)
	netlab.Pair(t, b.near, hostPorts[i], b.far, far)
	b.near.Up(t, hostPorts[i])
	b.far.Up(t, far)
}

// startUs starts our lacpd, again if it has ended.
func (b *hostBed) startUs(t testing.TB) {
	t.Helper()
	if b.us == nil {
		b.us = startLacpd(t, b.near, lacpdConfig{members: hostPorts, fast: true, more: []string{"aggregate_wait: 0"}})
		return
	}
	b.us.run(t, b.near)
}

// killUs ends our lacpd as a crash does.
func (b *hostBed) killUs(t testing.TB) {
	t.Helper()
	b.us.Signal(t, syscall.SIGKILL)
	<-b.us.Done
}

// ip runs a command of iproute2 on the host.
func (b *hostBed) ip(t testing.TB, args ...string) string {
	t.Helper()
	return b.near.Run(t, "ip", args...)
}

// healthy describes what is wrong with the bond; empty if nothing is.
func (b *hostBed) healthy(t testing.TB) string {
	st, partner := b.us.status(t), b.them.status(t)
	var wrong []string
	note := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	note(st.Fault == nil, "fault %+v", st.Fault)
	note(st.Up && partner.Up, "up here %v, there %v", st.Up, partner.Up)
	note(st.Device.State == "up", "device %+v", st.Device)
	note(len(st.Members) == len(hostPorts), "%d members, missing %+v", len(st.Members), st.Missing)
	for _, m := range append(st.Members, partner.Members...) {
		note(m.CarriesData && m.Reason.Code == "Distributing", "%s carries data %v, %s", m.Name, m.CarriesData, m.Reason.Code)
	}
	return strings.Join(wrong, "; ")
}

// awaitHealthy waits until the bond is healthy and frames pass both ways.
func (b *hostBed) awaitHealthy(t testing.TB, limit time.Duration) {
	t.Helper()
	await(t, "the bond is healthy", time.Now(), limit, func() bool { return b.healthy(t) == "" }, func() string { return b.healthy(t) })
	await(t, "frames pass", time.Now(), 2*time.Second, func() bool { return b.pings() }, func() string { return b.healthy(t) })
}

// pings reports whether the partner answers the host's pings.
func (b *hostBed) pings() bool {
	return b.near.Do(func() error { return exec.Command("ping", "-c", "1", "-W", "1", "10.9.0.2").Run() }) == nil
}

// traits describes the settings of a port that the bond has to restore.
func (b *hostBed) traits(t testing.TB) string {
	var s strings.Builder
	for _, name := range b.interfaces(t) {
		if name == "lo" {
			continue
		}
		link := b.near.Interface(t, name)
		fmt.Fprintln(&s, name, link.HardwareAddr, link.MTU, link.Flags&^(1<<4)) // without the flag multicast
		s.WriteString(b.near.Run(t, "tc", "filter", "show", "dev", name, "ingress"))
		for _, line := range strings.Split(b.ip(t, "-d", "link", "show", "dev", name), "\n") {
			if _, after, ok := strings.Cut(line, "promiscuity "); ok {
				fmt.Fprintln(&s, "promiscuity", strings.Fields(after)[0])
			}
		}
	}
	return s.String()
}

func (b *hostBed) interfaces(t testing.TB) (names []string) {
	b.near.Must(t, func() error {
		entries, err := os.ReadFile("/proc/thread-self/net/dev")
		for line := range strings.Lines(string(entries)) {
			if name, _, ok := strings.Cut(line, ":"); ok {
				names = append(names, strings.TrimSpace(name))
			}
		}
		return err
	})
	return names
}
