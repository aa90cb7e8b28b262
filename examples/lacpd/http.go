package main

import (
	"context"
	"flag"
	"net"
	"os"
	"runtime/debug"
	"strings"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/metrics"
	"github.com/lagkit/lagkit/examples/lacpd/internal/web"
)

// httpFlags are the flags of the HTTP server.
type httpFlags struct {
	address string // empty: no server
	group   string
	remote  bool
	names   string
}

func (a *httpFlags) add(f *flag.FlagSet) {
	f.StringVar(&a.address, "http", "", "show the bonds on a web page at `ADDRESS`, such as 127.0.0.1:9408 or unix:/run/lagkit/http.sock, with /status.json and /metrics. "+
		"It changes nothing and asks for no password")
	f.BoolVar(&a.remote, "http-allow-remote", false, "let -http listen at an address that other machines can reach")
	f.StringVar(&a.group, "http-group", "", "the members of the `GROUP` may use the Unix socket of -http")
	f.StringVar(&a.names, "http-host", "", "`NAMES`, separated by commas, that browsers may use for the page besides IP addresses and localhost")
}

// listen opens the listener of the flags; nil without -http.
func (a *httpFlags) listen() (net.Listener, error) {
	if a.address == "" {
		return nil, nil
	}
	group, err := groupID("-http-group", a.group)
	if err != nil {
		return nil, err
	}
	return web.Listen(web.Address{Text: a.address, Group: group, Remote: a.remote})
}

// startWeb has the HTTP server answer at a listener until closeWeb.
func (d *daemon) startWeb(l net.Listener) {
	if l == nil {
		return
	}
	c := web.Config{Status: d.view, Metrics: metrics.Handler(d.view), Log: d.log}
	c.Host, _ = os.Hostname() // the title of the page does without it
	if info, ok := debug.ReadBuildInfo(); ok {
		c.Version = info.Main.Version
	}
	if names := d.args.http.names; names != "" {
		c.Names = strings.Split(names, ",")
	}
	d.web = web.New(c)
	go d.web.Serve(l)
	d.log.Info("HTTP server listens", "address", l.Addr().String())
	for _, m := range d.list() { // those that were taken over
		d.follow(m.cfg.Name, m.live)
	}
}

// closeWeb ends the HTTP server. Its address is free then.
func (d *daemon) closeWeb() error {
	if d.web == nil {
		return nil
	}
	return d.web.Close()
}

// watchable is a bond with events.
type watchable interface {
	Watch(context.Context) <-chan bond.Event
}

// follow passes the events of a bond to the page until the bond is closed.
func (d *daemon) follow(name string, live liveBond) {
	b, ok := live.(watchable)
	if !ok || d.web == nil {
		return
	}
	go func() {
		for e := range b.Watch(context.Background()) {
			d.web.Note(name, &e)
		}
	}()
}
