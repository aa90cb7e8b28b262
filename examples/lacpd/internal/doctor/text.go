package doctor

import (
	"fmt"
	"io"
	"strings"
)

// notProbed is what is not seen without a probe.
const notProbed = "The path beyond the links is not probed with large frames. Try, through the bond: ping -M do -s SIZE TARGET"

// Print prints findings, what could not be looked at, and what was probed.
func Print(w io.Writer, findings []Finding, h *Host) error {
	var out strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&out, "%s: %s: %s\n", f.Severity, strings.TrimSpace(f.Bond+" "+f.Port), f.What)
		if f.Advice != "" {
			fmt.Fprintf(&out, "    %s\n", f.Advice)
		}
	}
	if !Wrong(findings) {
		out.WriteString("Nothing is wrong.\n")
	}
	for _, u := range h.Unseen {
		fmt.Fprintf(&out, "Not looked at: %s\n", u)
	}
	for _, e := range h.Echoes {
		fmt.Fprintf(&out, "Probed through %s: %s, answers to %d octets %d, to %d octets %d.\n", e.Bond, e.Target, smallPacket, e.Small, e.Size, e.Large)
	}
	if len(h.Echoes) == 0 {
		out.WriteString(notProbed + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}
