package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"text/tabwriter"
	"time"

	"github.com/lagkit/lagkit/bond"
)

// maxStatus is the longest answer that is read, in octets.
const maxStatus = 16 << 20

// runStatus is the command status.
func runStatus(ctx context.Context, o options, stdout, stderr io.Writer) int {
	raw, err := askStatus(ctx, o.socket)
	if err != nil {
		return failed(stderr, fmt.Errorf("no lacpd answers: %w", err))
	}
	if o.json {
		if _, err := stdout.Write(raw); err != nil {
			return failed(stderr, err)
		}
		return exitOK
	}
	var v statusView
	if err := json.Unmarshal(raw, &v); err != nil {
		return failed(stderr, fmt.Errorf("answer of %s: %w", o.socket, err))
	}
	if err := printStatus(stdout, v, time.Now()); err != nil {
		return failed(stderr, err)
	}
	return exitOK
}

func askStatus(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(conn, maxStatus))
	if err == nil && len(bytes.TrimSpace(b)) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return b, err
}

// printStatus prints one block per bond, with one line per member.
func printStatus(w io.Writer, v statusView, now time.Time) error {
	var out bytes.Buffer
	for i, b := range v.Bonds {
		if i > 0 {
			out.WriteByte('\n')
		}
		printBond(&out, &b, now)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func printBond(out *bytes.Buffer, b *bondView, now time.Time) {
	fmt.Fprintf(out, "%s: %s for %s, %s, hash %s, mtu %d, mac %s\n",
		b.Name, upDown(b.Up), age(b.Since, now), modeText(b), b.Hash, b.MTU, b.MAC)
	if b.Mode != bond.ModeLACP.String() {
		printStatic(out, b, now)
		return
	}
	fmt.Fprintf(out, "  system %s priority %d, ", b.System, b.SystemPriority)
	if b.Partner == nil {
		out.WriteString("no partner\n")
	} else {
		fmt.Fprintf(out, "partner %s priority %d key %d\n", b.Partner.System, b.Partner.SystemPriority, b.Partner.Key)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  MEMBER\tLINK\tDATA\tRECEIVE\tMUX\tACTOR\tPARTNER\tREASON")
	for _, m := range b.Members {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, linkText(m.Link), yesNo(m.CarriesData),
			m.Receive, m.Mux, m.Actor.State, m.Partner.State, whyText(&m, now))
	}
	t.Flush()
}

// printStatic prints the members of a bond without a protocol.
func printStatic(out *bytes.Buffer, b *bondView, now time.Time) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  MEMBER\tLINK\tDATA\tREASON")
	for _, m := range b.Members {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", m.Name, linkText(m.Link), yesNo(m.CarriesData), whyText(&m, now))
	}
	t.Flush()
}

func modeText(b *bondView) string {
	switch {
	case b.ActiveMember != "":
		return b.Mode + " on " + b.ActiveMember
	case b.Mode != bond.ModeLACP.String():
		return b.Mode
	case b.Active:
		return b.Mode + " active, rate " + b.Rate
	}
	return b.Mode + " passive, rate " + b.Rate
}

func whyText(m *memberView, now time.Time) string {
	if m.Hold == "" {
		return reasonText(&m.Reason, now)
	}
	return m.Hold + "; " + reasonText(&m.Reason, now)
}

func reasonText(r *reasonView, now time.Time) string {
	if r.Severity == "ok" {
		return "ok"
	}
	s := fmt.Sprintf("%s: %s for %s", r.Severity, r.Code, age(r.Since, now))
	if r.Have != "" || r.Want != "" {
		s += fmt.Sprintf(" (have %s, want %s)", r.Have, r.Want)
	}
	if r.Advice != "" {
		s += ". " + r.Advice
	}
	return s
}

func linkText(l linkView) string {
	if !l.Up {
		return "down"
	}
	if l.SpeedMbps == 0 {
		return "up"
	}
	return fmt.Sprintf("%d Mb/s %s", l.SpeedMbps, l.Duplex)
}

func upDown(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func age(since, now time.Time) time.Duration {
	return max(0, now.Sub(since)).Truncate(time.Second)
}
