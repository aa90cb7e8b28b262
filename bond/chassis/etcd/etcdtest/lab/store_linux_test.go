package lab

import (
	"context"
	"crypto/tls"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
	"github.com/lagkit/lagkit/internal/testca"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// storeConfig is how a box reaches etcd.
type storeConfig struct {
	Endpoints     []string
	CA, Cert, Key string // file names; empty: without TLS
	User          string // empty: without authentication
	Password      string
}

func (c *storeConfig) tls() (*tls.Config, error) {
	if c.CA == "" {
		return nil, nil
	}
	return testca.Client(c.CA, testca.Pair{Cert: c.Cert, Key: c.Key})
}

// openStore opens the store of the group.
func openStore(c storeConfig) (chassis.Directory, error) {
	config, err := c.tls()
	if err != nil {
		return nil, err
	}
	return etcd.Open(context.Background(), etcd.Config{Endpoints: c.Endpoints, Group: groupName, TLS: config, User: c.User, Password: c.Password})
}

// dial returns a plain client of etcd, as most programs use it.
func (c *storeConfig) dial() (*clientv3.Client, error) {
	config, err := c.tls()
	if err != nil {
		return nil, err
	}
	return clientv3.New(clientv3.Config{Endpoints: c.Endpoints, TLS: config, Username: c.User, Password: c.Password})
}
