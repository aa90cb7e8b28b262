package web

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// Address is where a server listens.
type Address struct {
	Text   string // HOST:PORT or unix:PATH
	Group  int    // may use the Unix socket too; control.NoGroup: its owner alone
	Remote bool   // any address is allowed, not only those of this machine
}

// Listen opens a listener. HOST is an IP address or localhost.
func Listen(a Address) (net.Listener, error) {
	refused := func(allowed string) error { return fmt.Errorf("-http %s: allowed: %s", a.Text, allowed) }
	if path, ok := strings.CutPrefix(a.Text, "unix:"); ok {
		if !strings.HasPrefix(path, "/") {
			return nil, refused("unix: with an absolute path, such as unix:/run/lagkit/http.sock")
		}
		s, err := control.Listen(path, a.Group)
		if err != nil {
			return nil, fmt.Errorf("-http %s: %w", a.Text, err)
		}
		return s, nil
	}
	host, port, err := net.SplitHostPort(a.Text)
	if err != nil || port == "" {
		return nil, refused("an IP address and a port, such as 127.0.0.1:9408, or unix:/run/lagkit/http.sock")
	}
	if host == "localhost" {
		host = "127.0.0.1" // whatever the resolver says
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "" && a.Remote: // all addresses
	case host == "":
		return nil, refused("an address of this machine alone, such as 127.0.0.1:" + port + "; -http-allow-remote allows all")
	case err != nil:
		return nil, refused("an IP address or localhost before the port")
	case !ip.IsLoopback() && !a.Remote:
		return nil, refused("an address of this machine alone, such as 127.0.0.1:" + port + ": the page has no login and no encryption; -http-allow-remote allows others")
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("-http %s: %w", a.Text, err)
	}
	return l, nil
}
