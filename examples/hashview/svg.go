package main

import (
	"fmt"
	"os"
	"strings"
)

// Sizes of the picture, in pixels.
const (
	svgRow    = 28
	svgBar    = 18
	svgLeft   = 90
	svgScale  = 480
	svgRight  = 130
	svgHead   = 56
	svgMargin = 16
	svgMost   = 256 // members drawn
)

// draw writes the members' shares as horizontal bars, with a line at the end of each due
// share.
func (v *view) draw(t tally) error {
	r := t.spread.ReportTally(t.counts)
	members := r.Members[:min(svgMost, len(r.Members))]
	top := most(members)
	if top == 0 {
		top = 1
	}
	width, height := svgLeft+svgScale+svgRight, svgHead+svgRow*len(members)+svgMargin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="15" fill="#1f2937">Policy %v over %d members: busiest over mean %.3f</text>`+"\n", svgMargin, t.policy, len(r.Members), r.MaxMean)
	fmt.Fprintf(&b, `<text x="%d" y="42" fill="#4b5563">%d frames, %d octets; bar: share of octets, line: share due by weight</text>`+"\n", svgMargin, r.Total.Frames, r.Total.Octets)
	for i, m := range members {
		y := svgHead + i*svgRow
		bar, due := m.Share/top*svgScale, svgLeft+m.Due/top*svgScale
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" fill="#1f2937">member %d</text>`+"\n", svgLeft-8, y+14, m.ID)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="#2563eb"/>`+"\n", svgLeft, y, bar, svgBar)
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#b91c1c" stroke-width="2"/>`+"\n", due, due, y-3, y+svgBar+3)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="#1f2937">%.1f %% of %.1f %%</text>`+"\n", max(svgLeft+bar, due)+8, y+14, 100*m.Share, 100*m.Due)
	}
	b.WriteString("</svg>\n")
	return os.WriteFile(v.svg, []byte(b.String()), 0o644)
}
