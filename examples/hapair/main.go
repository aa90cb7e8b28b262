//go:build linux

// Command hapair is one of two storage heads that share a disk pool and show a switch one LAG. The head
// that has imported the pool carries the LAG; a lock on a file stands for the pool. The other one stands by
// with its links up. When the pool moves, the LAG follows, and the switch sees neither a link nor a MAC
// address change its place.
//
//	head A:  hapair -name head-a -number 1 -pool /shared/pool eth1 eth2
//	head B:  hapair -name head-b -number 2 -pool /shared/pool eth1 eth2
//
// SIGUSR1 moves the pool to the other head. The bond needs Linux, CAP_NET_ADMIN and CAP_NET_RAW.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/plane"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	move := make(chan os.Signal, 1)
	signal.Notify(move, syscall.SIGUSR1)
	name := flag.String("name", "", "`NAME` of this head")
	number := flag.Int("number", 1, "`N` of this head, 1 to 15, another one on each: its LACP port numbers begin with it")
	system := flag.String("system", "02:00:5e:00:53:01", "`MAC` address of the LAG, the same on both heads")
	file := flag.String("pool", "", "`FILE` whose lock stands for the pool")
	hold := flag.Duration("hold", time.Second, "how long a head may carry data without looking for the pool")
	flag.Parse()
	mac, err := net.ParseMAC(*system)
	if err != nil || *name == "" || *file == "" || flag.NArg() == 0 {
		log.Fatal("usage: hapair -name NAME -number N -pool FILE PORT...")
	}
	p, err := openPool(*file, *name)
	if err != nil {
		log.Fatal(err)
	}
	b, err := bond.Open(bond.OpenConfig{
		Config: bond.Config{
			Rate: bond.RateFast, NeedsPermission: true,
			SystemAddr: mac, HardwareAddr: mac, SystemPriority: 0x7000, PortBase: chassis.PortBase(*number),
		},
		Interfaces: flag.Args(),
	})
	if err != nil {
		log.Fatal(err)
	}
	err = follow(ctx, p, b, *hold, move)
	if err := errors.Join(err, b.Close()); err != nil {
		log.Fatal(err)
	}
}

// rest is how long a head that gave the pool away leaves it to the other one.
const rest = 5 * time.Second

// follow makes the LAG of a carrier follow the pool until ctx is done. move makes it give the pool away.
func follow(ctx context.Context, p *pool, c chassis.Carrier, hold time.Duration, move <-chan os.Signal) error {
	lag, err := chassis.NewExternal(c, hold)
	if err != nil {
		return err
	}
	defer func() {
		if err := leave(p, lag); err != nil {
			log.Printf("%s: pool not exported: %v", p.name, err)
		}
	}()
	tick := time.NewTicker(hold / 4)
	defer tick.Stop()
	var notBefore time.Duration // look for the pool
	for {
		asked := plane.Clock() // before the question, so that a pause shortens the permission
		if asked >= notBefore {
			if err := look(p, lag, asked, hold); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-move:
			if err := leave(p, lag); err != nil {
				return err
			}
			notBefore = plane.Clock() + rest
		case <-ctx.Done():
			return nil
		}
	}
}

// look lets the LAG carry data if this head has the pool.
func look(p *pool, lag *chassis.External, asked, hold time.Duration) error {
	have, err := p.importIt(hold)
	switch {
	case err != nil:
		return err
	case !have:
		return lag.Stop(chassis.ID(p.owner))
	case asked < p.from: // the head that died may carry data until then
		return nil
	}
	return lag.Renew(asked, p.epoch)
}

// leave stops carrying data and then gives the pool away.
func leave(p *pool, lag *chassis.External) error {
	return errors.Join(lag.Stop(""), p.export())
}
