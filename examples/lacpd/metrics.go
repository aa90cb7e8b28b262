package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/metrics"
)

// The times between two files of -interval.
const (
	shortestRewrite = time.Second
	longestRewrite  = 24 * time.Hour
)

// metricsFlags are the flags of the command metrics.
type metricsFlags struct {
	socket   string
	textfile string
	interval time.Duration
}

var metricsCommand = command{
	name:  "metrics",
	brief: "prints metrics for Prometheus, or writes them to a file",
	help: "asks the running lacpd and prints its metrics for Prometheus. With -textfile it writes them to a file that node_exporter's textfile collector reads, " +
		"once or every -interval until SIGTERM. A reader of the file sees the old or the new one, never a part. " +
		"While lacpd does not answer, the file keeps its content, and its time shows how old that is.",
	setup: func(f *flag.FlagSet) runFunc {
		var m metricsFlags
		socketFlag(f, &m.socket)
		f.StringVar(&m.textfile, "textfile", "", "write to the file `PATH`, which has to end in .prom for node_exporter")
		f.Func("interval", "write the file again after each `TIME`, such as 15s", m.setInterval)
		return func(ctx context.Context, _ []string, stdout, stderr io.Writer) int {
			switch {
			case m.interval != 0 && m.textfile == "":
				return wrongUse(stderr, "metrics", "-interval: allowed only with -textfile")
			case m.interval == 0:
				return ended(stderr, m.give(ctx, stdout))
			}
			m.repeat(ctx, stderr)
			return exitOK
		}
	},
}

func (m *metricsFlags) setInterval(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < shortestRewrite || d > longestRewrite {
		return fmt.Errorf("allowed: %v to %v", shortestRewrite, longestRewrite)
	}
	m.interval = d
	return nil
}

// give prints the metrics of the running lacpd, or writes them to the file of -textfile.
func (m *metricsFlags) give(ctx context.Context, stdout io.Writer) error {
	s, err := readStatus(ctx, m.socket)
	if err != nil {
		return err
	}
	if m.textfile == "" {
		return metrics.Write(stdout, &s)
	}
	if err := metrics.WriteFile(m.textfile, &s); err != nil {
		return fmt.Errorf("-textfile %s: %w", m.textfile, err)
	}
	return nil
}

// repeat writes the file every interval until ctx is done. It reports each new failure.
func (m *metricsFlags) repeat(ctx context.Context, stderr io.Writer) {
	tick := time.NewTicker(m.interval)
	defer tick.Stop()
	last := ""
	for {
		err := m.give(ctx, nil)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && err.Error() != last:
			last = err.Error()
			failed(stderr, err)
		case err == nil && last != "":
			last = ""
			fmt.Fprintf(stderr, "lacpd: %s is written again\n", m.textfile)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
