package etcd

import (
	"crypto/tls"
	"log/slog"
	"net/url"
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/lacp"
)

// Config describes an etcd cluster and a group to [Open]. Endpoints and Group are required.
type Config struct {
	// Endpoints are the URLs that the members of the cluster serve clients at, one for each
	// member, 1 to 9, such as https://10.0.0.1:2379 or unix:///run/etcd.sock. The member on this
	// box, by an address of the box, is asked first.
	Endpoints []string

	// Group is the name of the group, at most 64 octets.
	Group string

	// TLS is used with https. Nil means that the servers' certificates are checked against the
	// roots of the system, and that none is shown to them. A server's certificate has to be for
	// the host in its URL, or for ServerName if that is set. For certificates that change while
	// the program runs, set GetClientCertificate.
	TLS *tls.Config

	// User and Password are for a cluster with authentication. Without TLS they pass the network
	// as they are. Leave them empty if the certificate names the user.
	User, Password string

	// Logger gets a record when a member stops answering or answers again, and when publications
	// were lost. Nil means no log.
	Logger *slog.Logger
}

const (
	mostEndpoints = 9
	mostName      = 64 // octets of a name, as in package chassis
)

// check rejects bad settings. The error is a [*lacp.FieldError].
func (c *Config) check() error {
	if err := checkName("Group", c.Group); err != nil {
		return err
	}
	if n := len(c.Endpoints); n < 1 || n > mostEndpoints {
		return &lacp.FieldError{Field: "Endpoints", Value: strconv.Itoa(n), Allowed: "1 to " + strconv.Itoa(mostEndpoints) + " URLs"}
	}
	for i, e := range c.Endpoints {
		if err := c.checkEndpoint(e); err != nil {
			return err
		}
		if slices.Index(c.Endpoints, e) != i {
			return &lacp.FieldError{Field: "Endpoints", Value: e, Allowed: "each member once"}
		}
	}
	if c.Password != "" && c.User == "" {
		return &lacp.FieldError{Field: "User", Value: "empty", Allowed: "a user for the password"}
	}
	return nil
}

// checkEndpoint rejects a URL that the client would read in another way than meant.
func (c *Config) checkEndpoint(endpoint string) error {
	const allowed = "a URL such as https://10.0.0.1:2379"
	u, err := url.Parse(endpoint)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return &lacp.FieldError{Field: "Endpoints", Value: strconv.Quote(endpoint), Allowed: allowed}
	}
	switch u.Scheme {
	case "http", "https":
		if u.Hostname() == "" || u.Port() == "" || u.Path != "" {
			return &lacp.FieldError{Field: "Endpoints", Value: strconv.Quote(endpoint), Allowed: allowed}
		}
	case "unix", "unixs":
	default:
		return &lacp.FieldError{Field: "Endpoints", Value: strconv.Quote(endpoint), Allowed: allowed}
	}
	if c.TLS != nil && (u.Scheme == "http" || u.Scheme == "unix") {
		return &lacp.FieldError{Field: "Endpoints", Value: endpoint, Allowed: "https, because TLS is set"}
	}
	return nil
}
