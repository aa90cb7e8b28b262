package lacp_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/internal/sim"
	"github.com/lagkit/lagkit/lacp"
)

// golden is a row of the table of golden traces (protocol.md 14.1). It has the script
// that runs it and the events required, as time, port and event. A flag can rewrite the
// scripts, but not this table.
var golden = []struct {
	id, script string
	want       []string
}{
	{"TRC-01 Active and Active", "active_active", []string{
		"0s a.1 sends c5", "0s b.1 sends c5", "10ms a.1 sends 05", "10ms a.1 receive CURRENT", "10ms a.1 mux WAITING",
		"2.01s a.1 mux ATTACHED", "2.01s a.1 sends 0d", "2.02s a.1 mux COLLECTING", "2.02s a.1 sends 1d",
		"2.03s a.1 mux DISTRIBUTING", "2.03s b.1 mux DISTRIBUTING", "30.01s a.1 sends 3d|1d", "1m0.01s a.1 sends 3d|3d"}},
	{"TRC-02 Active and Passive", "active_passive", []string{
		"10ms b.1 sends 04", "2.03s b.1 mux DISTRIBUTING", "2.04s a.1 mux DISTRIBUTING", "30.01s b.1 sends 3c", "30.02s a.1 sends 3d"}},
	{"TRC-03 Passive and Passive", "passive_passive", []string{
		"3s a.1 receive DEFAULTED", "3s b.1 receive DEFAULTED", "3s a.1 mux DISTRIBUTING", "3s b.1 mux DISTRIBUTING", "no a.1 sends", "no b.1 sends"}},
	{"TRC-04 no partner, Partner_Admin 18", "no_partner", []string{
		"0s a.1 sends c5", "1s a.1 sends c5", "2s a.1 sends cd", "3s a.1 sends 7d|18", "3s a.1 mux DISTRIBUTING", "33s a.1 sends 7d", "1m3s a.1 sends 7d"}},
	{"TRC-05 no partner, Partner_Admin 08", "no_partner_admin", []string{"3s a.1 mux COLLECTING", "3s a.1 sends 5d", "no a.1 mux DISTRIBUTING"}},
	{"TRC-06 no partner, Partner_Admin 00", "no_partner_admin", []string{"2s a.2 mux ATTACHED", "3s a.2 sends 4d", "no a.2 mux COLLECTING"}},
	{"TRC-07 own Short, partner Long", "rates", []string{
		"2.03s a.1 mux DISTRIBUTING", "1m4s b.1 sends 3d|3f", "30.01s a.1 sends 3f", "1m0.01s a.1 sends 3f", "69 b.1 sends", "6 a.1 sends"}},
	{"TRC-08 partner silent, Short", "silent_short", []string{
		"23.01s a.1 receive EXPIRED", "23.01s a.1 mux ATTACHED", "23.02s b.1 mux COLLECTING", "26.01s a.1 receive DEFAULTED"}},
	{"TRC-09 partner silent, Long", "silent_long", []string{
		"1m32.03s a.1 receive EXPIRED", "1m35.03s a.1 receive DEFAULTED", "1m35.03s a.1 mux DETACHED", "1m37.03s a.1 mux DISTRIBUTING"}},
	{"TRC-10 key change", "key_change", []string{
		"40s a.1 mux DETACHED", "40s a.1 sends 05", "40.01s b.1 mux DETACHED", "42.02s a.1 mux DISTRIBUTING", "42.03s b.1 mux DISTRIBUTING"}},
	{"TRC-11 bounce, Long", "link_bounce", []string{
		"40s a.1 mux ATTACHED", "40.2s a.1 sends 8d", "40.22s a.1 mux DISTRIBUTING", "40.22s b.1 mux DISTRIBUTING"}},
	{"TRC-12 bounce, Short", "link_bounce_short", []string{
		"40.5s a.1 mux ATTACHED", "40.7s a.1 sends 8f", "40.72s a.1 mux DISTRIBUTING", "40.72s b.1 mux DISTRIBUTING"}},
	{"TRC-13 bounce that one end sees", "link_bounce_one_end", []string{
		"40s a.1 mux ATTACHED", "40.2s a.1 sends 8d", "40.21s b.1 mux COLLECTING", "40.22s a.1 mux DISTRIBUTING", "40.23s b.1 mux DISTRIBUTING"}},
	{"TRC-14 Individual partner", "partner_individual", []string{
		"2.01s b.1 sends 09", "2.03s a.1 mux DISTRIBUTING", "2.03s b.1 mux DISTRIBUTING", "30.01s a.1 sends 3d", "30.01s b.1 sends 39"}},
	{"TRC-15 two ports of one System", "loopback", []string{
		"2.03s a.1 mux DISTRIBUTING", "2.03s a.2 mux DISTRIBUTING", "DISTRIBUTING, aggregator 1", "DISTRIBUTING, aggregator 2"}},
	{"TRC-16 four links", "four_links", []string{
		"2.01s a.1 mux ATTACHED", "2.01s a.2 mux ATTACHED", "2.01s a.3 mux ATTACHED", "2.01s a.4 mux ATTACHED",
		"2.03s a.1 mux DISTRIBUTING", "2.03s a.4 mux DISTRIBUTING", "2.03s b.1 mux DISTRIBUTING"}},
	// The table's 44.03 s assume no NTT on entering EXPIRED, which saves a second.
	{"TRC-17 cables swapped", "cable_swap", []string{
		"41s a.1 sends 8d", "43.01s a.1 mux ATTACHED", "43.03s a.1 mux DISTRIBUTING", "43.03s a.2 mux DISTRIBUTING", "43.03s c.1 mux DISTRIBUTING"}},
	{"TRC-18 graceful shutdown", "graceful_shutdown", []string{
		"40s a.1 mux DETACHED", "40s a.1 sends 05", "40.01s b.1 mux ATTACHED", "40.01s b.1 sends 0d"}},
	// The same is true for the table's 4.03 s. Here the first link also waits for the
	// second (Ready).
	{"TRC-19 second link a second later", "second_link", []string{
		"3.01s a.1 mux ATTACHED", "3.01s a.2 mux ATTACHED", "3.03s a.1 mux DISTRIBUTING", "3.03s a.2 mux DISTRIBUTING"}},
}

func TestGoldenTraces(t *testing.T) {
	for _, row := range golden {
		t.Run(row.id, func(t *testing.T) {
			script, err := os.ReadFile(filepath.Join("testdata/scenario", row.script+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			events := runGolden(t, string(script))
			for _, want := range row.want {
				first, rest, _ := strings.Cut(want, " ")
				var n int
				switch _, err := fmt.Sscan(first, &n); {
				case first == "no":
					if got := countEvents(events, rest); got != 0 {
						t.Errorf("%d times %q, want none", got, rest)
					}
				case err == nil && fmt.Sprint(n) == first:
					if got := countEvents(events, rest); got != n {
						t.Errorf("%d times %q, want %d", got, rest, n)
					}
				default:
					if countEvents(events, want) == 0 {
						t.Errorf("not seen: %q", want)
					}
				}
			}
			if t.Failed() {
				t.Log(strings.Join(events, "\n"))
			}
		})
	}
}

func countEvents(events []string, what string) (n int) {
	for _, e := range events {
		if strings.HasPrefix(e, what) || strings.Contains(e, " "+what) {
			n++
		}
	}
	return n
}

// runGolden runs a script from the start with all output enabled, and returns the
// events. It decodes each LACPDU from its octets and compares it with the output of the
// script.
func runGolden(t *testing.T, script string) (events []string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(script) {
		if !strings.HasPrefix(line, "tx ") && !strings.HasPrefix(line, "octets ") && !strings.HasPrefix(line, "trace") {
			lines = append(lines, line)
		}
	}
	out, err := sim.RunScript("octets on\n" + strings.Join(lines, ""))
	if err != nil {
		t.Fatal(err)
	}
	sends := ""
	for line := range strings.Lines(out) {
		fields := strings.Fields(strings.ReplaceAll(line, " → ", " to "))
		switch {
		case len(fields) == 1 && len(fields[0]) == 2*lacp.FrameLen && sends != "":
			checkOctets(t, fields[0], sends)
			sends = ""
		case len(fields) > 6 && fields[2] == "sends":
			sends = strings.Join(fields[3:], " ")
			// time, port, what, the two state octets
			events = append(events, fmt.Sprintf("%s %s sends %s|%s", fields[0], fields[1], fields[4], fields[7]))
		case len(fields) > 5 && fields[4] == "to":
			events = append(events, fmt.Sprintf("%s %s %s %s", fields[0], fields[1], fields[2], strings.TrimSuffix(fields[5], ":")))
		case strings.HasPrefix(line, "\t"):
			events = append(events, strings.TrimSpace(line))
		}
	}
	return events
}

// checkOctets fails unless the frame agrees with the output of the script.
func checkOctets(t *testing.T, octets, shown string) {
	t.Helper()
	frame, err := hex.DecodeString(octets)
	if err != nil {
		t.Fatal(err)
	}
	var pdu lacp.PDU
	if err := pdu.UnmarshalBinary(frame[14:]); err != nil {
		t.Fatal(err)
	}
	info := func(i lacp.Info) string {
		return fmt.Sprintf("%v,%04x,%v %02x", i.System, uint16(i.Key), i.Port, uint8(i.State))
	}
	if got := info(pdu.Actor) + " | " + info(pdu.Partner); got != shown {
		t.Errorf("the octets show %s, the trace %s", got, shown)
	}
	// The octets that belong to no field, apart from the type and length octets.
	for i := 60; i < lacp.FrameLen; i++ {
		if frame[i] != 0 {
			t.Errorf("octet %d is %02x", i, frame[i])
		}
	}
}
