package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lagkit/lagkit/examples/lacpd/internal/metrics"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// The times between two files of -interval.
const (
	shortestRewrite = time.Second
	longestRewrite  = 24 * time.Hour
)

// metricsArguments are the flags of the command metrics.
type metricsArguments struct {
	textfile string
	interval time.Duration
}

var metricsCommand = command{
	name: "metrics",
	help: "asks the running lacpd and prints its metrics for Prometheus. With -textfile it writes them to a file that node_exporter's textfile collector reads, " +
		"once or every -interval until SIGTERM. A reader of the file sees the old or the new one, never a part. " +
		"While lacpd does not answer, the file keeps its content, and its time shows how old that is.",
	flags: func(f *flag.FlagSet, a *arguments) {
		socketFlag(f, a)
		f.StringVar(&a.metrics.textfile, "textfile", "", "write to the file `PATH`, which has to end in .prom for node_exporter")
		f.Func("interval", "write the file again after each `TIME`, such as 15s", a.metrics.setInterval)
	},
	run: func(ctx context.Context, a *arguments, stdout, stderr io.Writer) int {
		switch m := &a.metrics; {
		case m.interval != 0 && m.textfile == "":
			return misused(stderr, nil, "metrics -interval: allowed only with -textfile")
		case m.interval == 0:
			if err := giveMetrics(ctx, a, stdout); err != nil {
				return failed(stderr, err)
			}
			return exitOK
		}
		repeatMetrics(ctx, a, stderr)
		return exitOK
	},
}

func (m *metricsArguments) setInterval(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < shortestRewrite || d > longestRewrite {
		return fmt.Errorf("allowed: %v to %v", shortestRewrite, longestRewrite)
	}
	m.interval = d
	return nil
}

// giveMetrics prints the metrics of the running lacpd, or writes them to the file of -textfile.
func giveMetrics(ctx context.Context, a *arguments, stdout io.Writer) error {
	s, err := readStatus(ctx, a.socket)
	if err != nil {
		return err
	}
	if a.metrics.textfile == "" {
		return metrics.Write(stdout, &s)
	}
	r := prometheus.NewRegistry()
	if err := r.Register(metrics.NewCollector(func() *view.Status { return &s })); err != nil {
		return err
	}
	if err := prometheus.WriteToTextfile(a.metrics.textfile, r); err != nil {
		return fmt.Errorf("-textfile %s: %w", a.metrics.textfile, err)
	}
	return nil
}

// repeatMetrics writes the file every interval until ctx is done. It reports each new failure.
func repeatMetrics(ctx context.Context, a *arguments, stderr io.Writer) {
	tick := time.NewTicker(a.metrics.interval)
	defer tick.Stop()
	last := ""
	for {
		err := giveMetrics(ctx, a, nil)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && err.Error() != last:
			last = err.Error()
			failed(stderr, err)
		case err == nil && last != "":
			last = ""
			fmt.Fprintf(stderr, "lacpd: %s is written again\n", a.metrics.textfile)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
