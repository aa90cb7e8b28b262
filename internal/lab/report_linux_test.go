package lab

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// result is the result of one case.
type result struct {
	a, b    *peerKind
	config  pairConfig
	version string
	interopCase
	figures figures
	alone   bool          // run again alone, see again
	slack   time.Duration // extra time beyond the limits
	failed  bool          // it ended early
	misses  []miss        // figures that miss their limits
	capture []byte        // at the second end of the case's cable
	frames  int
}

// report collects the results of a run.
type report struct {
	mu      sync.Mutex
	results []result
}

// add adds a result. It replaces an earlier one of the same case.
func (r *report) add(one result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if before := r.find(one.a, one.b, one.config, one.name); before != nil {
		one.alone = true
		*before = one
		return
	}
	r.results = append(r.results, one)
}

// String returns the figures that apply, in words.
func (f figures) String() string {
	var parts []string
	add := func(format string, v time.Duration) {
		if v != 0 {
			parts = append(parts, fmt.Sprintf(format, seconds(v)))
		}
	}
	add("in use after %s", f.form)
	add("first end stops after %s", f.stopA)
	add("second after %s", f.stopB)
	if f.sent != 0 {
		lost := fmt.Sprintf("lost %d of %d", f.lost, f.sent)
		if f.lost > underWayMost {
			lost += fmt.Sprintf(" (%d answers)", f.lost-min(f.stuck, f.lost))
		}
		parts = append(parts, lost)
	}
	add("back after %s", f.back)
	if f.note != "" {
		parts = append(parts, f.note)
	}
	return strings.Join(parts, ", ")
}

// seconds formats a time to the precision that means something on a busy machine.
func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

const reportHead = `# Interoperability

Generated: do not edit. The table shows what ` + "`internal/lab/interop.sh`" + ` measured in one
run, on virtual cables on one machine; a Linux guest runs under emulation. The first end of a
cable is lagkit. In the last column it is a second peer of the same kind: compare with those
figures, which are of the same run.

Times are measured on the cables, in the same way for all peers. *In use*: from the carrier,
or the change, until both ends report that they take data on every member. *Stops*: from the
fault until the last data frame that an end sends on the member or, if it had none to send
there, until it reports that it takes none. *Lost*: ICMP echo requests, one each 5 ms in 16
flows, without an answer; *answers* are those of them that reached the second end. *Back*:
from the end of the fault until both ends take data there again. Silence begins just after a
LACPDU has passed, which is the worst moment.

The limits are: *in use* 2.3 s after carrier (the standard's two seconds of waiting for
other links, and the exchange), or 100 ms without that wait; on carrier loss no more lost
echo requests than the peer with itself loses, plus a request and an answer that are on the
cable when it is pulled; with one end or both not received, both stop within 3.3 s, at the
slow rate 93.3 s, and within 1 s after a last LACPDU; any change is over after 4 s, and a
standby link is in use after 1 s. If the peer with itself takes longer in this run, that is
the limit. A figure that misses its limit is **fails**, or *peer* if the peer's behaviour in
that very case shows that it is the cause, with a number below the table and a capture.
Up to twelve pairs run side by side on the machine. A case that misses its limit among them
runs again alone, and so does the peer with itself. *Again* marks the cells with figures of
that second run, which count.

The frames on the cable in each case of two members at the fast rate are in
` + "`testdata/captures`" + `, as the second end sent and received them;
` + "`lacpdump -replay FILE -as MAC`" + ` explains what that end did.
`

// markdown returns the table, by peer.
func (r *report) markdown() []byte {
	var out bytes.Buffer
	out.WriteString(reportHead)
	for _, k := range kinds {
		if version := r.version(k); version != "" {
			fmt.Fprintf(&out, "\n## %s %s\n\n", k.name, version)
			r.table(&out, k)
		}
	}
	return out.Bytes()
}

func (r *report) version(k *peerKind) string {
	for _, one := range r.results {
		if one.a == ours && one.b == k {
			return one.version
		}
	}
	return ""
}

// table writes the table of one peer, with the explanations of its figures and other remarks.
func (r *report) table(out *bytes.Buffer, k *peerKind) {
	if k == ours {
		out.WriteString("| members | case | result | lagkit with lagkit |\n|---|---|---|---|\n")
	} else {
		fmt.Fprintf(out, "| members | case | result | lagkit with %s | %s with itself |\n|---|---|---|---|---|\n", k.name, k.name)
	}
	var notes []*explanation
	for _, cfg := range configurations() {
		if !cfg.isFor(ours, k) {
			continue
		}
		for _, c := range cfg.cases {
			one := r.find(ours, k, cfg.pairConfig, c.name)
			fmt.Fprintf(out, "| %s | %s | %s | %s |", cfg, c.name, one.verdict(&notes), one.outcome())
			if k != ours {
				theirs := "" // only our end differs: the plain configuration is the measure
				if cfg.isFor(k, k) {
					theirs = r.find(k, k, cfg.pairConfig, c.name).outcome()
				}
				fmt.Fprintf(out, " %s |", theirs)
			}
			out.WriteByte('\n')
		}
	}
	if len(notes)+len(k.remarks) > 0 {
		out.WriteByte('\n')
	}
	for i, e := range notes {
		fmt.Fprintf(out, "%d. %s [`%s`](%s/%s)\n", i+1, e.text, e.capture(), captureDirectory, e.capture())
	}
	if len(notes) > 0 && len(k.remarks) > 0 {
		out.WriteByte('\n')
	}
	for _, remark := range k.remarks {
		fmt.Fprintf(out, "- %s\n", remark)
	}
}

// find returns the result of a case, or nil if it was not run.
func (r *report) find(a, b *peerKind, cfg pairConfig, name string) *result {
	for i := range r.results {
		if one := &r.results[i]; one.a == a && one.b == b && one.config == cfg && one.name == name {
			return one
		}
	}
	return nil
}

// outcome returns a result's figures in words.
func (r *result) outcome() string {
	switch {
	case r == nil:
		return "not run"
	case r.failed:
		return "**does not**"
	}
	return r.figures.String()
}

// verdict returns "ok" or the misses. It refers to the explanations by their numbers in notes,
// and adds new ones to notes.
func (r *result) verdict(notes *[]*explanation) string {
	if r == nil || r.failed {
		return "**fails**"
	}
	var parts []string
	for _, m := range r.misses {
		if m.why == nil {
			parts = append(parts, "**fails**: "+m.text)
			continue
		}
		i := slices.IndexFunc(*notes, func(e *explanation) bool { return e.text == m.why.text })
		if i < 0 {
			i = len(*notes)
			*notes = append(*notes, m.why)
		}
		parts = append(parts, fmt.Sprintf("peer (%d)", i+1))
	}
	verdict := "ok"
	if len(parts) > 0 {
		verdict = strings.Join(slices.Compact(parts), ", ")
	}
	if r.alone {
		verdict += ", again"
	}
	return verdict
}
