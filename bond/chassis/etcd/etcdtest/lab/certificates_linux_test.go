package lab

import (
	"testing"

	"github.com/lagkit/lagkit/internal/testca"
)

// certificates are those of the members of etcd and of their clients.
type certificates struct {
	ca                *testca.CA
	server, root, box testca.Pair // those of the clients name their users
}

// newCertificates makes certificates for servers with addresses.
func newCertificates(t testing.TB, addresses ...string) *certificates {
	t.Helper()
	ca := testca.New(t)
	return &certificates{ca: ca, server: ca.Issue("server", addresses...), root: ca.Issue(rootUser), box: ca.Issue(boxUser)}
}
