//go:build linux

// Command bench measures a bond. The scripts in this directory start it and build the
// namespaces around it.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane/ebpf"
	"github.com/lagkit/lagkit/hash"
)

func main() {
	mode := flag.String("mode", "LOADBALANCE", "protocol")
	members := flag.String("members", "", "interfaces, separated by commas; several bonds by semicolons")
	addr := flag.String("addr", "", "address of bond0")
	rate := flag.String("rate", "SLOW", "LACPDU rate")
	offload := flag.Bool("offload", false, "pass large segments")
	idle := flag.Duration("idle", 0, "measure the process for this long, then end")
	settle := flag.Duration("settle", 5*time.Second, "wait before the measurement of -idle")
	state := flag.String("state", "", "state directory")
	plane := flag.String("plane", "user", "data plane: user or ebpf")
	ring := flag.Bool("ring", false, "receive from rings")
	profile := flag.String("cpuprofile", "", "with -idle: write a CPU profile of the measurement to this `file`")
	flag.Parse()
	settings := settings{*mode, *rate, *addr, *state, *plane, *offload, *ring}
	if err := run(settings, *members, *profile, *idle, *settle); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// settings are those of every bond.
type settings struct {
	mode, rate, addr, state, plane string
	offload, ring                  bool
}

func run(s settings, members, profile string, idle, settle time.Duration) error {
	var bonds []*bond.Bond
	for i, list := range strings.Split(members, ";") {
		b, err := s.open(fmt.Sprintf("bond%d", i), list)
		if err != nil {
			return err
		}
		defer func() { _ = b.Close() }() // the interfaces are removed with their namespace
		bonds = append(bonds, b)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	for _, b := range bonds {
		if err := b.WaitReady(ctx); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	if idle == 0 {
		measureFrames(ctx, bonds)
		return nil
	}
	sleep(ctx, settle)
	return measureIdle(ctx, bonds, idle, profile)
}

// open opens a bond of the interfaces in a list that is separated by commas.
func (s settings) open(name, list string) (*bond.Bond, error) {
	mode, err := bond.ParseMode(s.mode)
	if err != nil {
		return nil, err
	}
	rate, err := bond.ParseRate(s.rate)
	if err != nil {
		return nil, err
	}
	cfg := bond.OpenConfig{
		Config: bond.Config{
			Name: name, Mode: mode, Rate: rate, Hash: hash.Layer34, Resilient: true,
			Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		},
		Interfaces: strings.Split(list, ","), StateDir: s.state, Offload: bond.OffloadOff, ReceiveRing: s.ring,
	}
	if s.offload {
		cfg.Offload = bond.OffloadOn
	}
	if s.addr != "" {
		p, err := netip.ParsePrefix(s.addr)
		if err != nil {
			return nil, err
		}
		cfg.Addresses = []netip.Prefix{p}
	}
	switch s.plane {
	case "user":
	case "ebpf":
		if cfg.Opener, err = ebpf.NewOpener(); err != nil {
			return nil, err
		}
		cfg.Plane, cfg.Resilient = ebpf.New(ebpf.Config{}), false
	default:
		return nil, fmt.Errorf("data plane %q: user or ebpf", s.plane)
	}
	return bond.Open(cfg)
}

// measureFrames prints the CPU time of a frame from the start, or from the last SIGUSR1, until
// the program is asked to end.
func measureFrames(ctx context.Context, bonds []*bond.Bond) {
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGUSR1)
	before, start := cpu(), time.Now()
	for ctx.Err() == nil {
		select {
		case <-again:
			before, start = cpu(), time.Now()
		case <-ctx.Done():
		}
	}
	var frames uint64
	for _, b := range bonds {
		for _, m := range b.Status().Members {
			frames += m.Counters.TxFrames + m.Counters.RxFrames
		}
	}
	used := cpu() - before
	fmt.Printf("frames %d cpu_ns %d elapsed_ns %d ns_per_frame %.0f\n", frames, used, time.Since(start), float64(used)/float64(max(frames, 1)))
}

// measureIdle prints the CPU time of bonds that have only LACPDUs to send.
func measureIdle(ctx context.Context, bonds []*bond.Bond, idle time.Duration, profile string) error {
	if profile != "" {
		f, err := os.Create(profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	before, start := cpu(), time.Now()
	sleep(ctx, idle)
	used, took := cpu()-before, time.Since(start)
	runtime.GC()
	carrying := 0
	for _, b := range bonds {
		for _, m := range b.Status().Members {
			if m.Carries {
				carrying++
			}
		}
	}
	fmt.Printf("bonds %d carrying %d cpu %.3f %% of a core, %d KiB resident\n", len(bonds), carrying, 100*float64(used)/float64(took), resident())
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// cpu returns the CPU time of the process, including its time in the kernel.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident returns the resident memory of the process in KiB, or 0 if it is unknown.
func resident() (kib int) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			_, _ = fmt.Sscan(rest, &kib)
		}
	}
	return kib
}
