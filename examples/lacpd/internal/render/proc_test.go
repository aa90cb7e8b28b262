package render

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

// procLACP is what the bonding driver of Linux 6.1 prints for bond0 of viewtest: %s, %d and %v
// are its values.
const procLACP = `Ethernet Channel Bonding Driver: v6.1.0-lagkit

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer2+3 (2)
MII Status: up
MII Polling Interval (ms): 0
Up Delay (ms): 0
Down Delay (ms): 0
Peer Notification Delay (ms): 0

802.3ad info
LACP active: on
LACP rate: fast
Min links: 1
Aggregator selection policy (ad_select): stable
System priority: 32768
System MAC address: SYSTEM
Active Aggregator Info:
	Aggregator ID: 1
	Number of ports: 3
	Actor Key: KEY
	Partner Key: PKEY
	Partner Mac Address: PARTNER

Slave Interface: eth1
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: SYSTEM
Slave queue ID: 0
Aggregator ID: 1
Actor Churn State: none
Partner Churn State: none
Actor Churned Count: 0
Partner Churned Count: 0
details actor lacp pdu:
    system priority: 32768
    system mac address: SYSTEM
    port key: KEY
    port priority: 32768
    port number: 1
    port state: 63
details partner lacp pdu:
    system priority: 100
    system mac address: PARTNER
    oper key: PKEY
    port priority: 32768
    port number: 1
    port state: 60

`

func proc(t *testing.T, bonds ...view.Bond) string {
	t.Helper()
	var out strings.Builder
	if err := Proc(&out, &view.Status{Bonds: bonds}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestProcHasTheKernelsLayout(t *testing.T) {
	b := viewtest.Status(t).Bonds[0]
	got := proc(t, b)
	want := strings.NewReplacer("SYSTEM", b.MAC, "PARTNER", b.Partner.System.String(),
		"PKEY", fmt.Sprint(b.Partner.Key), "KEY", fmt.Sprint(b.Aggregator.Key)).Replace(procLACP)
	if !strings.HasPrefix(got, want) {
		t.Errorf("proc is\n%s\nwant at the start\n%s", got, want)
	}
	down := `(?s)\n\nSlave Interface: eth3\nMII Status: down\nSpeed: Unknown\nDuplex: Unknown\nLink Failure Count: 1\n.*    port state: \d+\n$`
	if !regexp.MustCompile(down).MatchString(got) {
		t.Errorf("proc is\n%s\nwant a last member that matches %q", got, down)
	}
}

func TestProcOfOtherModes(t *testing.T) {
	s := viewtest.Status(t)
	for i, want := range map[int]string{
		1: "\n\nBonding Mode: fault-tolerance (active-backup)\nPrimary Slave: eth2 (primary_reselect always)\nCurrently Active Slave: eth2\nMII Status: up\n",
		2: "\n\nBonding Mode: load balancing (xor)\nTransmit Hash Policy: layer2 (0)\nMII Status: up\n",
		3: "\nSystem priority: 32768\nSystem MAC address: ",
	} {
		if got := proc(t, s.Bonds[i]); !strings.Contains(got, want) {
			t.Errorf("%s: proc is\n%s\nwant in it %q", s.Bonds[i].Name, got, want)
		}
	}
	if got := proc(t, s.Bonds[2]); strings.Contains(got, "802.3ad") || strings.Contains(got, "Aggregator") {
		t.Errorf("bond2 does not speak LACP, but proc is\n%s", got)
	}
	b := s.Bonds[1]
	b.Settings.MACPolicy, b.Settings.Primary, b.ActiveMember = "ACTIVE", "", ""
	want := "Bonding Mode: fault-tolerance (active-backup) (fail_over_mac active)\nPrimary Slave: None\nCurrently Active Slave: None\n"
	if got := proc(t, b); !strings.Contains(got, want) {
		t.Errorf("proc is\n%s\nwant in it %q", got, want)
	}
	b = s.Bonds[0]
	b.Aggregator, b.Members[0].Aggregator, b.Members[1].Hold = nil, 0, "UpDelay"
	for _, want := range []string{"\nbond bond0 has no active aggregator\n\nSlave Interface: eth1\n", "\nAggregator ID: N/A\n\nSlave Interface: eth2\nMII Status: going back\n"} {
		if got := proc(t, b); !strings.Contains(got, want) {
			t.Errorf("proc is\n%s\nwant in it %q", got, want)
		}
	}
	// Bonds that could not be opened do not exist, and bonds follow each other.
	all := proc(t, s.Bonds...)
	if got := strings.Count(all, "Ethernet Channel Bonding Driver: "); got != 4 || strings.Contains(all, "bond4") {
		t.Errorf("proc has %d bonds, want the 4 that run:\n%s", got, all)
	}
}

func TestNamesOfTheBondingDriver(t *testing.T) {
	for mode, want := range map[string]string{"SLB": "load balancing (xor) vlan+srcmac 5", "RANDOM": "load balancing (round-robin) flow -1",
		"NONE": "unknown flow -1", "BROADCAST": "fault-tolerance (broadcast) flow -1"} {
		b := &view.Bond{Mode: mode, Hash: "flow"}
		name, number := policyOf(b)
		if got := fmt.Sprint(modeOf(b).title, " ", name, " ", number); got != want {
			t.Errorf("%s with flow: %q, want %q", mode, got, want)
		}
	}
	for choice, want := range map[string]string{"stable": "stable 0", "bandwidth": "bandwidth 1", "count": "count 2", "port-priority": "actor_port_prio 3"} {
		name, number := selectOf(&view.Bond{Settings: view.Settings{Select: choice}})
		if got := fmt.Sprint(name, " ", number); got != want {
			t.Errorf("ad_select %s: %q, want %q", choice, got, want)
		}
	}
}
