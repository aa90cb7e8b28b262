package chassis_test

import (
	"context"
	"log"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/bond/plane"
)

// Two heads share a disk pool, and one of them has it imported. Here a lock on a file stands for the
// pool. The LAG follows the pool: the head that has it renews its permission, and the other one stands
// by with its ports up.
func ExampleExternal() {
	b, err := bond.Open(bond.OpenConfig{Config: bond.Config{NeedsPermission: true}, Interfaces: []string{"eth1", "eth2"}})
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()
	const hold = time.Second
	e, err := chassis.NewExternal(b, hold)
	if err != nil {
		log.Fatal(err)
	}
	pool, err := os.OpenFile("/pool/owner", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	for range time.Tick(hold / 4) {
		asked := plane.Clock() // before the question, so that a pause shortens the permission
		if syscall.Flock(int(pool.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			err = e.Renew(asked, 1)
		} else {
			err = e.Stop("the other head")
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}

// A box joins a group of two, which hear each other over two networks. A program uses a store that
// all chassis reach in place of the one in memory.
func ExampleJoin() {
	port := func(addr string) netip.AddrPort { return netip.MustParseAddrPort(addr) }
	own := []netip.AddrPort{port("10.0.0.1:7000"), port("192.168.7.1:7000")}
	others := map[chassis.ID][]netip.AddrPort{"head-b": {port("10.0.0.2:7000"), port("192.168.7.2:7000")}}
	secret, err := os.ReadFile("/etc/lagkit/secret")
	if err != nil {
		log.Fatal(err)
	}
	ctx, store := context.Background(), chassistest.NewMemory().OpenDirectory()
	identity, err := chassis.LoadIdentity(ctx, store, "/var/lib/lagkit/identity")
	if err != nil {
		log.Fatal(err)
	}
	number, err := chassis.Number(ctx, store, "head-a", 0)
	if err != nil {
		log.Fatal(err)
	}
	group := chassis.Group{Name: "nas1", Me: "head-a", Others: []chassis.ID{"head-b"}, Secret: secret}
	if group.Transport, err = chassis.ListenUDP(own, others); err != nil {
		log.Fatal(err)
	}
	if group.Ends, err = chassis.ListenTCP(group, own, others); err != nil {
		log.Fatal(err)
	}
	c, err := chassis.Join(group, store)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close(ctx)
	b, err := bond.Open(bond.OpenConfig{
		Config: bond.Config{
			NeedsPermission: true, MTU: 9000, PortBase: chassis.PortBase(number),
			HardwareAddr: identity.System.MAC[:], SystemPriority: identity.System.Priority,
		},
		Interfaces: []string{"eth1", "eth2"},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := c.Add("uplink", b, chassis.LAG{Settings: map[string]string{"mtu": "9000"}}); err != nil {
		log.Fatal(err)
	}
	for e := range c.Watch(ctx) {
		log.Println(e.LAG, e.Kind, e.Chassis, e.Up)
	}
}
