package flow

import (
	"encoding/hex"
	"net"
	"strings"
	"testing"
)

func TestFrameOfAFlow(t *testing.T) {
	for words, want := range map[string]string{
		"10.0.0.1 10.0.0.2 udp 1234 53": "020000000002020000000001" + "0800" + "4500001c0000000040110000" + "0a0000010a000002" + "04d20035" + "00080000",
		"10.0.0.1 10.0.0.2 TCP 1 65535": "020000000002020000000001" + "0800" + "450000280000000040060000" + "0a0000010a000002" + "0001ffff" + "0000000000000000" + "50020000" + "00000000",
		"10.0.0.1 10.0.0.2 1":           "020000000002020000000001" + "0800" + "450000280000000040010000" + "0a0000010a000002" + "0800" + strings.Repeat("00", 18),
		"fd00::1 fd00::2 icmpv6": "020000000002020000000001" + "86dd" + "6000000000143a40" + "fd000000000000000000000000000001" + "fd000000000000000000000000000002" +
			"8000" + strings.Repeat("00", 18),
	} {
		f, err := Parse(strings.Fields(words))
		if err != nil {
			t.Errorf("%s: %v", words, err)
			continue
		}
		f.To, f.From = net.HardwareAddr{2, 0, 0, 0, 0, 2}, net.HardwareAddr{2, 0, 0, 0, 0, 1}
		if got := hex.EncodeToString(f.Frame()); got != want {
			t.Errorf("%s: frame\n%s, want\n%s", words, got, want)
		}
		f.VLAN = 5
		if got := hex.EncodeToString(f.Frame()); got != want[:24]+"81000005"+want[24:] {
			t.Errorf("%s in VLAN 5: frame\n%s, want the tag 81000005 after the addresses of\n%s", words, got, want)
		}
	}
}

func TestFlowsThatAreRefused(t *testing.T) {
	for words, want := range map[string]string{
		"10.0.0.1 10.0.0.2":             "allowed: SOURCE TARGET PROTOCOL",
		"10.0.0.1 10.0.0.2 udp 1":       "allowed: SOURCE TARGET PROTOCOL",
		"10.0.0 10.0.0.2 icmp":          `source "10.0.0": allowed: an IPv4 or IPv6 address`,
		"10.0.0.1 fd00::1 icmp":         "target fd00::1: allowed: an address of the same IP version",
		"fe80::1%eth0 fd00::1 icmp":     `source "fe80::1%eth0": allowed`,
		"10.0.0.1 10.0.0.2 quic":        `protocol "quic": allowed: tcp, udp`,
		"10.0.0.1 10.0.0.2 256":         `protocol "256": allowed`,
		"10.0.0.1 10.0.0.2 udp":         "allowed: ports for tcp",
		"10.0.0.1 10.0.0.2 icmp 1 2":    "allowed: ports for tcp",
		"10.0.0.1 10.0.0.2 udp 1 65536": `port "65536": allowed: 0 to 65535`,
		"10.0.0.1 10.0.0.2 tcp http 2":  `port "http": allowed: 0 to 65535`,
	} {
		if _, err := Parse(strings.Fields(words)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", words, err, want)
		}
	}
}
