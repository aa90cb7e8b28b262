package etcd_test

import (
	"context"
	"crypto/tls"
	"log"
	"net/netip"
	"os"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
)

// A box joins a group whose facts are in a cluster of three members, one of them on the box.
func Example() {
	cert, err := tls.LoadX509KeyPair("/etc/lagkit/head-a.crt", "/etc/lagkit/head-a.key")
	if err != nil {
		log.Fatal(err)
	}
	store, err := etcd.Open(context.Background(), etcd.Config{
		Endpoints: []string{"https://127.0.0.1:2379", "https://10.0.0.2:2379", "https://10.0.0.3:2379"},
		Group:     "nas1",
		TLS:       &tls.Config{Certificates: []tls.Certificate{cert}},
	})
	if err != nil {
		log.Fatal(err)
	}
	port := netip.MustParseAddrPort
	udp, err := chassis.ListenUDP(
		[]netip.AddrPort{port("10.0.0.1:7000")},
		map[chassis.ID][]netip.AddrPort{"head-b": {port("10.0.0.2:7000")}},
	)
	if err != nil {
		log.Fatal(err)
	}
	secret, err := os.ReadFile("/etc/lagkit/secret")
	if err != nil {
		log.Fatal(err)
	}
	c, err := chassis.Join(chassis.Group{
		Name: "nas1", Me: "head-a", Others: []chassis.ID{"head-b"}, Secret: secret, Transport: udp,
	}, store)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close(context.Background())
	// Add the bonds: see chassis.Join.
}
