package doctor

import (
	"fmt"
	"io"
	"strings"
)

// notProbed is what no check can see.
const notProbed = "The path beyond the links is not probed with large frames. Try, through the bond: ping -M do -s SIZE TARGET"

// Print prints findings, what could not be looked at, and what is never looked at.
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
	out.WriteString(notProbed + "\n")
	_, err := io.WriteString(w, out.String())
	return err
}
