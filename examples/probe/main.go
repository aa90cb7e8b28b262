// Command probe runs LACP on network interfaces that the host keeps using, and prints whether
// the system at the other end agrees that they work. It shows a fibre that works one way, a
// wrong port or a switch that stopped forwarding within three seconds, even while the carrier
// is up. It changes nothing on the interfaces and carries no data.
//
//	probe eth1 eth2
//
// It needs CAP_NET_RAW. The other end must run LACP. Unless the link is only for LACP, the
// other end should also accept data on it while LACP is down, as a switch with fallback or
// Open vSwitch with lacp-fallback-ab does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("probe", flag.ContinueOnError)
	flags.SetOutput(errs)
	slow := flags.Bool("slow", false, "ask for a LACPDU every 30 s instead of every second")
	passive := flags.Bool("passive", false, "wait until the other end starts LACP")
	verbose := flags.Bool("v", false, "log what the bond does")
	flags.Usage = func() {
		fmt.Fprintln(errs, "usage: probe [-slow] [-passive] [-v] INTERFACE...")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("name an interface")
	}
	cfg := bond.Config{Name: "probe", Rate: bond.RateFast, Passive: *passive, AggregateWait: -1, Plane: new(plane.None)}
	if *slow {
		cfg.Rate = bond.RateSlow
	}
	if *verbose {
		cfg.Logger = slog.New(slog.NewTextHandler(errs, nil))
	}
	b, err := open(cfg, flags.Args())
	if err != nil {
		return err
	}
	for e := range b.Watch(ctx) {
		if e.Kind != bond.EventMember {
			continue
		}
		state := "down"
		if e.Up {
			state = "up"
		}
		fmt.Fprintf(out, "%s %s %s %v\n", e.At.Format("15:04:05.000"), e.Member, state, e.Reason)
	}
	return b.Close()
}

// open makes a bond of interfaces. If one can't be opened, it closes the others.
func open(cfg bond.Config, names []string) (*bond.Bond, error) {
	var ports []bond.Port
	for _, name := range names {
		p, err := netif.OpenPort(netif.PortConfig{Name: name})
		if err != nil {
			for _, before := range ports {
				err = errors.Join(err, before.Close())
			}
			return nil, err
		}
		ports = append(ports, p)
	}
	return bond.New(cfg, ports...)
}
