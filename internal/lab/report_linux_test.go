package lab

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"
)

// result is what became of one case.
type result struct {
	a, b          *peerKind
	config        pairConfig
	version, name string
	figures       figures
	failed        bool
	capture       []byte // at the second end of the cable the case is about
	frames        int
}

// report is the results of a run.
type report struct {
	mu      sync.Mutex
	results []result
}

func (r *report) add(one result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results = append(r.results, one)
}

// String is the figures that apply, in words.
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
		parts = append(parts, fmt.Sprintf("lost %d of %d", f.lost, f.sent))
	}
	add("back after %s", f.back)
	if f.note != "" {
		parts = append(parts, f.note)
	}
	return strings.Join(parts, ", ")
}

// seconds is a time as it is worth being read: the machine is not idle.
func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

const reportHead = `# Interoperability

Generated: do not edit. The table is what ` + "`internal/lab/interop.sh`" + ` measured in one run, on
virtual cables on one machine; a guest of Linux runs under emulation. The first end of
a cable is lagkit, or in the last column a second one of the peer's own kind: the figures
to compare with are those, of the same run.

Times are seen on the cables, the same way for all peers. *In use*: from the carrier, or
the change, until both ends say that they take data on every member. *Stops*: from the
fault until the last data frame an end sends on the member, or where it had none to send
there until it says that it takes none. *Lost*: ICMP echo requests, one each 5 ms in 16
flows, without an answer. *Back*: from the end of the fault until both ends take data there
again. Silence begins just after a LACPDU has passed, which is the worst moment.

What was on the cable in each case with two members is in ` + "`testdata/captures`" + `, as the second
end has sent and got it; ` + "`lacpdump -replay FILE -as MAC`" + ` says what that end did.

One member individual: the table shows that a bond whose other member goes on still announces
Collecting and Distributing on the member it does not use, and loses what the second end, which
here does not know that it was called individual, sends there.
`

// markdown is the table, by peer.
func (r *report) markdown() []byte {
	var out bytes.Buffer
	out.WriteString(reportHead)
	for _, k := range kinds {
		own, theirs := r.of(ours, k), r.of(k, k)
		if len(own) == 0 {
			continue
		}
		fmt.Fprintf(&out, "\n## %s %s\n\n", k.name, own[0].version)
		if k == ours {
			out.WriteString("| members | case | result | lagkit with lagkit |\n|---|---|---|---|\n")
		} else {
			fmt.Fprintf(&out, "| members | case | result | lagkit with %s | %s with itself |\n|---|---|---|---|---|\n", k.name, k.name)
		}
		for _, one := range own {
			fmt.Fprintf(&out, "| %s | %s | %s | %s |", one.config, one.name, one.verdict(), one.figures)
			if k != ours {
				fmt.Fprintf(&out, " %s |", find(theirs, one))
			}
			out.WriteByte('\n')
		}
		if len(k.remarks) > 0 {
			out.WriteByte('\n')
		}
		for _, remark := range k.remarks {
			fmt.Fprintf(&out, "- %s\n", remark)
		}
	}
	return out.Bytes()
}

func (r *report) of(a, b *peerKind) []result {
	var some []result
	for _, one := range r.results {
		if one.a == a && one.b == b {
			some = append(some, one)
		}
	}
	return some
}

func (r result) verdict() string {
	if r.failed {
		return "**fails**"
	}
	return "ok"
}

// find returns the figures of the same case.
func find(some []result, like result) string {
	for _, one := range some {
		if one.config == like.config && one.name == like.name {
			if one.failed {
				return "**fails**"
			}
			return one.figures.String()
		}
	}
	return "not run"
}
