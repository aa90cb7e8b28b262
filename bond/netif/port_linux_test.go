package netif

import (
	"errors"
	"os"
	"testing"
)

// openPort opens the near end for slow-protocols frames alone.
func (c *cable) openPort(t *testing.T) *Port {
	t.Helper()
	var p *Port
	c.near.Must(t, func() (err error) {
		p, err = OpenPort(PortConfig{Name: nearName})
		return err
	})
	t.Cleanup(func() { p.Close() })
	return p
}

// A port changes nothing about its interface, which the host goes on using.
func TestPortChangesNothing(t *testing.T) {
	c := layCable(t)
	c.near.Run(t, "ip", "addr", "add", "192.0.2.1/24", "dev", nearName)
	show := func() string {
		return c.near.Run(t, "ip", "-d", "addr", "show", "dev", nearName) + c.near.Run(t, "tc", "qdisc", "show", "dev", nearName) +
			c.near.Run(t, "ip", "route", "show", "table", "all", "dev", nearName)
	}
	before := show()
	p := c.openPort(t)
	if got := show(); got != before {
		t.Errorf("while the port is open:\n%s\nwant\n%s", got, before)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if got := show(); got != before {
		t.Errorf("after Close:\n%s\nwant\n%s", got, before)
	}
}

// A port and a link claim the interface: neither can be opened while the other is open.
func TestPortAndLinkExcludeEachOther(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	p := c.openPort(t)
	var owned *OwnedError
	_ = c.near.Do(func() error {
		if _, err := OpenLink(c.config()); !errors.As(err, &owned) || owned.PID != os.Getpid() {
			t.Errorf("OpenLink with an open port: %v, want an OwnedError of this process", err)
		}
		return nil
	})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	c.open(t, c.config())
	_ = c.near.Do(func() error {
		if _, err := OpenPort(PortConfig{Name: nearName}); !errors.As(err, &owned) {
			t.Errorf("OpenPort with an open link: %v, want an OwnedError", err)
		}
		return nil
	})
}
