package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/hash"
)

// serveBonds starts a socket for real bonds in memory, each with members NAME.1 and NAME.2, and
// returns its path.
func serveBonds(t *testing.T, configs ...bond.Config) string {
	t.Helper()
	h := newFakeHost().host
	d := &daemon{host: h, log: slog.New(slog.DiscardHandler)}
	var bonds []managed
	for _, c := range configs {
		first, second := linktest.NewCable(c.Name+".1", "far1"), linktest.NewCable(c.Name+".2", "far2")
		b, err := bond.New(c, first.A, second.A)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
		if c.Mode != bond.ModeLACP {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			err := b.WaitReady(ctx)
			cancel()
			if err != nil {
				t.Fatal(err)
			}
		}
		await(t, c.Name+" knows its links", time.Minute, func() bool { m := b.Status().Members; return m[0].Link.Up && m[1].Link.Up })
		bonds = append(bonds, managed{cfg: config.Bond{Name: c.Name, Mode: c.Mode}, live: b})
	}
	d.set(bonds)
	return serveStatus(t, func() any { return d.view() }, d.commands()...)
}

// say runs a command and returns what it prints and its exit status.
func say(args ...string) (out string, code int) {
	var b bytes.Buffer
	code = run(context.Background(), args, &b, &b)
	return b.String(), code
}

func TestExplainAsksTheRunningBond(t *testing.T) {
	socket := serveBonds(t, bond.Config{Name: "lb", Mode: bond.ModeLoadBalance, Hash: hash.Layer34},
		bond.Config{Name: "fo", Mode: bond.ModeFailover}, bond.Config{Name: "rr", Mode: bond.ModeRoundRobin},
		bond.Config{Name: "bc", Mode: bond.ModeBroadcast}, bond.Config{Name: "rnd", Mode: bond.ModeRandom},
		bond.Config{Name: "w", Mode: bond.ModeLoadBalance, Weights: map[string]uint16{"w.1": 2}})
	flow := "10.0.0.1 10.0.0.2 udp 1234 53"
	for _, tt := range []struct {
		args, want string
		code       int
	}{
		// The hash of this flow is worked out by hand in package hashview: 0x1b1b7270, which is even.
		{"lb " + flow, "lb sends this frame on lb.1\n  protocol LOADBALANCE, hash layer3+4 over lb.1, lb.2\n", exitOK},
		{"lb " + flow, "  from octet 34: 04d20035  ", exitOK},
		{"lb " + flow, "  hash 0x1b1b7270, modulo 2 members: number 0, counted from 0\n", exitOK},
		{"lb 02000000000202000000000108004500001c0000000040110000" + "0a0000010a00000204d2003500080000", "lb sends this frame on lb.1\n", exitOK},
		{"fo " + flow, "fo sends this frame on fo.1\n  protocol FAILOVER: no other member carries data now\n", exitOK},
		{"rr " + flow, "rr sends each frame on the next member in turn, whichever flow it belongs to: rr.1, rr.2\n", exitOK},
		{"bc " + flow, "bc sends a copy of each frame on every member: bc.1, bc.2\n", exitOK},
		{"rnd " + flow, "rnd sends each frame on a member chosen at random: rnd.1, rnd.2\n", exitOK},
		{"w " + flow, ", modulo 1024 buckets: bucket ", exitOK},
		{"w " + flow, "  the destination MAC address was not given", exitOK},
		{"-to 02:00:00:00:00:02 w " + flow, "hash layer2+3 over w.1, w.2\n", exitOK},
		{"lb 2001:db8::1 2001:db8::2 tcp 1 2 -vlan 7", "lb sends this frame on lb.", exitOK},
		{"lb " + flow + " -json", `"spread": "flows"`, exitOK},
		{flow, "lacpd: name one of the bonds: lb, fo, rr, bc, rnd, w", exitUsage},
		{"none " + flow, `bond is "none", allowed: lb, `, exitUsage},
		{"none 020000000002020000000001080045", `bond is "none", allowed: lb, fo, rr, bc, rnd, w`, exitUsage},
		{"020000000002020000000001080045", "lacpd: name one of the bonds: lb, fo, rr, bc, rnd, w", exitUsage},
		{"lb 0200", `frame is "2 octets", allowed: an Ethernet header and more`, exitUsage},
		{"lb 10.0.0.1 10.0.0.2 udp", "allowed: ports for tcp", exitUsage},
		{"lb xyz", `frame "xyz": allowed: octets in hexadecimal`, exitUsage},
		{"-to here lb " + flow, `-to "here": allowed: a MAC address`, exitUsage},
		{"-vlan 4095 lb " + flow, "-vlan 4095: allowed: 0 to 4094", exitUsage},
	} {
		out, code := say(append([]string{"explain", "-socket", socket}, strings.Fields(tt.args)...)...)
		if code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("explain %s exits with %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}
}

func TestHistoryOfAMember(t *testing.T) {
	socket := serveBonds(t, bond.Config{Name: "a"}, bond.Config{Name: "fo", Mode: bond.ModeFailover})
	for _, tt := range []struct {
		args, want string
		code       int
	}{
		{"a.1", "TIME  ", exitOK},
		{"a a.2", "  receive  ", exitOK},
		{"fo.1", "fo fo.1: protocol FAILOVER has no state machines\n", exitOK},
		{"eth9", `member is "eth9", allowed: a.1, a.2, fo.1, fo.2`, exitUsage},
		{"fo a.1", `member is "a.1", allowed: fo.1, fo.2`, exitUsage},
		{"", "lacpd: want [BOND] MEMBER\n", exitUsage},
	} {
		out, code := say(append([]string{"history", "-socket", socket}, strings.Fields(tt.args)...)...)
		if code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("history %s exits with %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}
	out, code := say("history", "-socket", socket, "-json", "a.1")
	var h view.History
	if err := json.Unmarshal([]byte(out), &h); code != exitOK || err != nil || h.Bond != "a" || h.Member != "a.1" || len(h.Transitions) == 0 {
		t.Fatalf("history exits with %d, %v: %s", code, err, out)
	}
	if first := h.Transitions[0]; first.At.IsZero() || first.Machine == "" || first.From == first.To || first.Why == "" {
		t.Errorf("the first transition is %+v, want a time, a machine, two states and a reason", first)
	}
}
