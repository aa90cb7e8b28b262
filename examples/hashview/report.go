package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/lagkit/lagkit/hash/spread"
)

// barWidth is the length of the longest bar, in characters.
const barWidth = 40

// bar draws a share as # with a | at the end of the due share. most is the greatest of all
// shares and dues.
func bar(share, due, most float64) string {
	if most == 0 {
		return ""
	}
	length := func(x float64) int { return int(x/most*barWidth + 0.5) }
	n, mark := length(share), length(due)
	b := []byte(strings.Repeat("#", n) + strings.Repeat(" ", max(0, mark-n)))
	if mark > 0 {
		b[mark-1] = '|'
	}
	return string(b)
}

// most returns the greatest share or due.
func most(members []spread.MemberLoad) (x float64) {
	for _, m := range members {
		x = max(x, m.Share, m.Due)
	}
	return x
}

// printReport prints a report as text or as one JSON object.
func (v *view) printReport(r *spread.Report) error {
	if v.json {
		return json.NewEncoder(v.out).Encode(r)
	}
	fmt.Fprintf(v.out, "%d frames, %d octets, %d different hashes\n", r.Total.Frames, r.Total.Octets, r.Hashes)
	if err := v.chart(r.Members); err != nil {
		return err
	}
	fmt.Fprintf(v.out, "busiest member over the mean, by weight: %.3f\n", r.MaxMean)
	if len(r.Buckets) > 0 {
		fmt.Fprintf(v.out, "\nheaviest of %d buckets:\n", v.spread.Snapshot().Buckets())
		w := columns(v.out)
		fmt.Fprintln(w, "bucket\tmember\tframes\toctets\tshare\thashes\t")
		for _, b := range r.Buckets {
			fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%s\t%d\t\n", b.Bucket, b.Member, b.Frames, b.Octets, percent(b.Octets, r.Total.Octets), b.Hashes)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if len(r.Losses) == 0 {
		return nil
	}
	fmt.Fprintln(v.out, "\nif a member is lost, the octets that move:")
	w := columns(v.out)
	fmt.Fprintln(w, "member\tits own\tof others\tmax/mean then\t")
	for _, l := range r.Losses {
		fmt.Fprintf(w, "%d\t%s\t%s\t%.3f\t\n", l.Member,
			percent(l.Own.Octets, r.Total.Octets), percent(l.Others.Octets, r.Total.Octets), l.After)
	}
	return w.Flush()
}

// chart prints a line with a bar for each member.
func (v *view) chart(members []spread.MemberLoad) error {
	w := columns(v.out)
	fmt.Fprintln(w, "member\tweight\tframes\toctets\tshare\tdue\t")
	top := most(members)
	for _, m := range members {
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%.1f %%\t%.1f %%\t  %s\n",
			m.ID, m.Weight, m.Frames, m.Octets, 100*m.Share, 100*m.Due, bar(m.Share, m.Due, top))
	}
	return w.Flush()
}

// columns returns a writer that aligns columns to the right. It does not align a last cell
// without a tab.
func columns(out io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
}

func percent(part, whole uint64) string {
	if whole == 0 {
		return "0.0 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// printLoss prints what moves if the member of -lose fails, and draws what the others carry
// afterwards.
func (v *view) printLoss(t tally) error {
	lost := uint16(v.lose)
	before, after := t.spread.Snapshot(), t.spread.Without(lost)
	own, others := t.counts.Moves(before, after, lost)
	total := t.counts.Total()
	fmt.Fprintf(v.out, "without member %d: its own %d frames move (%s of all octets), and %d of members that stay (%s)\n",
		lost, own.Frames, percent(own.Octets, total.Octets), others.Frames, percent(others.Octets, total.Octets))
	if len(after.Members()) == 0 {
		_, err := fmt.Fprintln(v.out, "no member is left")
		return err
	}
	return v.chart(t.counts.Members(after))
}

// printComparison prints a line for each policy.
func (v *view) printComparison() error {
	const shown = 16
	w := columns(v.out)
	fmt.Fprint(w, "policy\ttable\thashes\tmax/mean\tmoved by a loss\t")
	for i := range v.members[:min(shown, len(v.members))] {
		fmt.Fprintf(w, "%d\t", i)
	}
	fmt.Fprintln(w)
	for _, t := range v.tallies {
		r := t.spread.ReportTally(t.counts)
		table := spread.Resilient
		if t.spread.Snapshot().Buckets() == 0 {
			table = spread.Modulo
		}
		fmt.Fprintf(w, "%v\t%v\t%d\t%.3f\t%s\t", t.policy, table, r.Hashes, r.MaxMean, meanMoved(r))
		for _, m := range r.Members[:min(shown, len(r.Members))] {
			fmt.Fprintf(w, "%.1f %%\t", 100*m.Share)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// meanMoved returns the mean share of all octets that the loss of a member moves.
func meanMoved(r *spread.Report) string {
	if len(r.Losses) == 0 {
		return "-"
	}
	var sum uint64
	for _, l := range r.Losses {
		sum += l.Own.Octets + l.Others.Octets
	}
	return percent(sum/uint64(len(r.Losses)), r.Total.Octets)
}
