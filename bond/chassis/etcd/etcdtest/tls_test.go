package etcdtest

import (
	"crypto/tls"

	"github.com/lagkit/lagkit/internal/testca"
)

// memberName is the name in the certificate of members: a client has to ask for it by ServerName.
const memberName = "etcd.test"

// tlsFlags returns what makes a member use TLS.
func (o *setup) tlsFlags() []string {
	own := o.ca.Issue("member", memberName)
	flags := []string{"--cert-file", own.Cert, "--key-file", own.Key}
	if o.certificates {
		flags = append(flags, "--client-cert-auth", "--trusted-ca-file", o.ca.File())
	}
	return flags
}

// client returns the configuration of a client. With a user, its certificate has that common name.
func client(ca *testca.CA, user string) *tls.Config {
	var own testca.Pair
	if user != "" {
		own = ca.Issue(user)
	}
	c := ca.Client(own)
	c.ServerName = memberName
	return c
}
