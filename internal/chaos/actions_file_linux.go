package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// fileActions write lacpd's file and make lacpd read it again.
var fileActions = []action{
	{"SIGHUP, the same file", 2, onFile(func(p *planner) time.Duration {
		p.do(0, func(b *bed) error { return b.reloadHarmless(b.config.text()) }, "SIGHUP, the file unchanged")
		return 0
	})},
	{"SIGHUP, an invalid file", 5, onFile(func(p *planner) time.Duration {
		f := invalidFiles[p.IntN(len(invalidFiles))]
		p.do(0, func(b *bed) error { return b.reloadHarmless(f.text) }, "SIGHUP, invalid file: %s", f.name)
		d := p.lasting(0, 1000)
		p.do(d, func(b *bed) error { return b.writeConfig(b.config.text()) }, "the file as before")
		return d
	})},
	{"SIGHUP, no file", 1, onFile(func(p *planner) time.Duration {
		d := p.lasting(100, 1000)
		p.do(0, func(b *bed) error {
			b.model.all(soon, func() {})
			return errors.Join(os.Remove(b.path("lacpd.yaml")), b.hangup())
		}, "SIGHUP, no file")
		p.do(d, func(b *bed) error { return b.reloadHarmless(b.config.text()) }, "SIGHUP, the file as before")
		return d
	})},
	{"SIGHUP, another hash", 3, changedFile(soon, func(p *planner, c *config) string {
		c.hash = []string{"LAYER2", "LAYER2+3", "FLOW", "ENCAP3+4"}[p.IntN(4)]
		return "hash " + c.hash
	})},
	{"SIGHUP, another MTU", 2, changedFile(soon, func(p *planner, c *config) string {
		c.mtu = 1492 + p.IntN(1000)
		return fmt.Sprintf("MTU %d", c.mtu)
	})},
	{"SIGHUP, another setting", 3, changedFile(back, func(p *planner, c *config) string {
		line := []string{"coupled_control: true", "aggregate_wait: 0", "updelay: 100", "description: none"}[p.IntN(4)]
		c.more = append(slices.Clone(c.more), line)
		return line
	})},
	{"SIGHUP, a further address", 1, changedFile(soon, func(_ *planner, c *config) string {
		c.more = append(slices.Clone(c.more), "")
		c.ip = ourIP + "/24, 10.9.7.1"
		return "a further address"
	})},
	{"SIGHUP, min_links", 2, func(p *planner) bool {
		n := 2 + p.IntN(p.members-1)
		return changedFile(back, func(_ *planner, c *config) string {
			c.minimum = n
			return fmt.Sprintf("min_links %d", n)
		})(p)
	}},
	{"SIGHUP, a port less", 4, func(p *planner) bool {
		i := p.IntN(p.members)
		if !p.free(ourFile, ourProcess, ourDevice, wire(i), attr(i)) {
			return false
		}
		d := p.lasting(100, 4000)
		p.lock(d+time.Second, ourFile, ourProcess, ourDevice, wire(i), attr(i))
		name := fmt.Sprintf("p%d", i)
		p.broken(i, d, "SIGHUP, "+name+" not in the file", soon, func(b *bed, up bool) error {
			if up {
				return b.reload(b.config)
			}
			c := b.config
			c.ports = slices.DeleteFunc(slices.Clone(c.ports), func(port string) bool { return port == name })
			return b.reload(c)
		})
		return true
	}},
}

// onFile plans an action on the file and takes the file for that time.
func onFile(plan func(*planner) time.Duration) func(*planner) bool {
	return func(p *planner) bool {
		if !p.free(ourFile, ourProcess) {
			return false
		}
		p.lock(plan(p)+time.Second, ourFile, ourProcess)
		return true
	}
}

// changedFile plans another file for a time.
func changedFile(bound time.Duration, change func(*planner, *config) string) func(*planner) bool {
	return func(p *planner) bool {
		if !p.free(ourFile, ourProcess, ourDevice) {
			return false
		}
		d := p.lasting(100, 4000)
		p.lock(d+time.Second, ourFile, ourProcess, ourDevice)
		c := newConfig("p", p.members, ourIP)
		what := change(p, &c)
		set := func(c config) func(*bed) error {
			return func(b *bed) error {
				b.model.all(bound, func() { b.model.minLinks = c.minimum })
				err := b.reload(c)
				b.model.all(bound, func() {})
				return err
			}
		}
		p.do(0, set(c), "SIGHUP, %s", what)
		p.do(d, set(newConfig("p", p.members, ourIP)), "SIGHUP, without %s", what)
		return true
	}
}

func (b *bed) writeConfig(text string) error {
	return os.WriteFile(b.path("lacpd.yaml"), []byte(text), 0o600)
}

func (b *bed) hangup() error { return b.lacpd.Load().signal(syscall.SIGHUP) }

// reload makes our lacpd read a file.
func (b *bed) reload(c config) error {
	return errors.Join(b.writeConfig(c.text()), b.hangup())
}

// reloadHarmless makes it read a file that must change nothing.
func (b *bed) reloadHarmless(text string) error {
	b.model.all(soon, func() {})
	err := errors.Join(b.writeConfig(text), b.hangup())
	b.model.all(soon, func() {})
	return err
}
