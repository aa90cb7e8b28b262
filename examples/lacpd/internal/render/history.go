package render

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// History prints the transitions of a member, one a line, oldest first.
func History(w io.Writer, h *view.History) error {
	if len(h.Transitions) == 0 {
		what := "no transitions yet"
		if h.Mode != bond.ModeLACP.String() {
			what = "protocol " + h.Mode + " has no state machines"
		}
		_, err := fmt.Fprintf(w, "%s %s: %s\n", h.Bond, h.Member, what)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TIME\tMACHINE\tFROM\tTO\tWHY")
	for _, s := range h.Transitions {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.At.Local().Format("2006-01-02 "+time.StampMilli[len("Jan _2 "):]), s.Machine, s.From, s.To, s.Why)
	}
	return t.Flush()
}
