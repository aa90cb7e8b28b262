package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// progress records the steps that were done.
type progress struct {
	out     io.Writer
	verbose bool
	start   time.Time

	mu   sync.Mutex
	done strings.Builder
}

func (p *progress) begin(s *step) {
	p.note("%8.3f  %s", time.Since(p.start).Seconds(), s.what)
}

// end records the error of a step. The error is not a violation: an operator's command also
// fails if its interface is gone.
func (p *progress) end(err error) {
	if err != nil {
		p.note("          %v", err)
	}
}

func (p *progress) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...) + "\n"
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done.WriteString(line)
	if p.verbose {
		fmt.Fprint(p.out, line)
	}
}

// reportLines is how many lines of each log a report has.
const reportLines = 150

// report prints everything about a failed run.
func (p *progress) report(s settings, b *bed, j *judge, err error) {
	var v *violation
	at := time.Now()
	if errors.As(err, &v) {
		at = v.at
	}
	p.mu.Lock()
	steps := p.done.String()
	p.mu.Unlock()
	fmt.Fprintf(p.out, "\nseed %d, partner %s, FAILED at %.3f s (%s): %v\n", s.seed, s.partner(), at.Sub(p.start).Seconds(),
		at.UTC().Format("15:04:05.000"), err)
	if !p.verbose {
		fmt.Fprintf(p.out, "\nsteps (seconds since the start at %s):\n%s", p.start.UTC().Format("15:04:05.000"), steps)
	}
	fmt.Fprintf(p.out, "\nmodel: %v\n%v\npartner: %s\n", b.model, j, b.partner.show())
	for _, name := range []string{"lacpd.log", "partner.log"} {
		fmt.Fprintf(p.out, "\nend of %s:\n%s\n", name, tail(b.path(name), reportLines))
	}
	if s.keep {
		fmt.Fprintf(p.out, "\nall files: %s\n", b.dir)
	}
	fmt.Fprintf(p.out, "\nreplay: SEED=%d PARTNER=%s internal/bench/chaos.sh %v\n", s.seed, s.partner(), s.length)
}

func (s settings) partner() string {
	if s.lagkit {
		return "lagkit"
	}
	return "ovs"
}

// tail returns the last lines of a file.
func tail(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return joinLines(lines[max(len(lines)-n, 0):])
}

func joinLines(lines []string) string { return strings.Join(lines, "\n") }
