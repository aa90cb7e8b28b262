package testca_test

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/lagkit/lagkit/internal/testca"
)

// TestHandshake checks that a server and a client of one authority know each other by name and by
// address, and that those of another do not.
func TestHandshake(t *testing.T) {
	ca, other := testca.New(t), testca.New(t)
	own := ca.Issue("box")
	for _, test := range []struct {
		what   string
		server testca.Pair
		ok     bool
	}{
		{"a name", ca.Issue("server", "etcd.test"), true},
		{"another name", ca.Issue("server", "other.test"), false},
		{"another authority", other.Issue("server", "etcd.test"), false},
	} {
		t.Run(test.what, func(t *testing.T) {
			client := ca.Client(own)
			client.ServerName = "etcd.test"
			if name, err := handshake(ca, test.server, client); (err == nil) != test.ok || err == nil && name != "box" {
				t.Errorf("client %q, error %v; want box %v", name, err, test.ok)
			}
		})
	}
	client := ca.Client(testca.Pair{})
	client.ServerName = "192.0.2.1"
	if name, err := handshake(ca, ca.Issue("server", "192.0.2.1"), client); name != "" || err != nil {
		t.Errorf("by address: client %q, error %v; want none, none", name, err)
	}
}

// handshake returns the common name that the client shows to the server.
func handshake(ca *testca.CA, server testca.Pair, client *tls.Config) (name string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	config := ca.Client(server)
	config.ClientCAs, config.ClientAuth = config.RootCAs, tls.VerifyClientCertIfGiven
	served := make(chan error, 1)
	go func() {
		a, err := l.Accept()
		if err != nil {
			served <- err
			return
		}
		defer a.Close()
		s := tls.Server(a, config)
		err = s.Handshake()
		if shown := s.ConnectionState().PeerCertificates; len(shown) > 0 {
			name = shown[0].Subject.CommonName
		}
		served <- err
	}()
	b, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		defer b.Close()
	}
	err = errors.Join(err, <-served)
	return name, err
}
