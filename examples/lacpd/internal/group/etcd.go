//go:build !noetcd

package group

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"strings"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/lacp"
)

// OpenEtcd opens the store of a group in etcd. It does not wait for an answer.
func OpenEtcd(ctx context.Context, c *config.Chassis, f *Files, log *slog.Logger) (chassis.Directory, error) {
	secure, err := security(c, f)
	if err != nil {
		return nil, err
	}
	s, err := etcd.Open(ctx, etcd.Config{Endpoints: c.Store.Etcd, Group: c.Group, TLS: secure, User: f.User, Password: f.Password, Logger: log})
	if err != nil {
		return nil, err
	}
	return etcdStore{s}, nil
}

// etcdStore is a store that counts the members that answer.
type etcdStore struct{ *etcd.Store }

// Answering returns how many members answer.
func (s etcdStore) Answering() int {
	st := s.Status()
	return st.Answering()
}

// security returns how to reach members with https; nil for http.
func security(c *config.Chassis, f *Files) (*tls.Config, error) {
	if len(c.Store.Etcd) == 0 || !strings.HasPrefix(c.Store.Etcd[0], "https:") {
		return nil, nil
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.CA != nil {
		secure.RootCAs = x509.NewCertPool()
		if !secure.RootCAs.AppendCertsFromPEM(f.CA) {
			return nil, &lacp.FieldError{Field: "store.ca", Value: c.Store.CA, Allowed: "a file with certificates in PEM"}
		}
	}
	if f.Cert != nil {
		pair, err := tls.X509KeyPair(f.Cert, f.Key)
		if err != nil {
			return nil, fmt.Errorf("store.cert %s with store.key %s: %w", c.Store.Cert, c.Store.Key, err)
		}
		secure.Certificates = []tls.Certificate{pair}
	}
	return secure, nil
}
