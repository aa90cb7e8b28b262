package main

import (
	"errors"
	"fmt"
	"time"
)

// wireActions act on the cables and on the existence of the interfaces at their ends. Each
// ends with the cable as it was.
var wireActions = []action{
	{"pull the cable", 6, onWire(func(p *planner, i int) time.Duration {
		d := p.lasting(50, 6000)
		p.broken(i, d, "cable pulled", soon, func(b *bed, up bool) error { return b.cables[i].plugged(up) })
		return d
	})},
	{"a media converter hides one end's carrier", 2, onWire(func(p *planner, i int) time.Duration {
		d, dir := p.lasting(50, 7000), p.IntN(2)
		p.broken(i, d, fmt.Sprintf("carrier of one end lost (%d)", dir), silent, func(b *bed, up bool) error { return b.cables[i].carrier(dir, up) })
		return d
	})},
	{"ip link set MEMBER down", 4, onWire(func(p *planner, i int) time.Duration {
		d := p.lasting(50, 5000)
		p.broken(i, d, "ip link set down", soon, func(b *bed, up bool) error {
			c := b.cables[i]
			return errors.Join(b.near.ip("link set dev %s %s", c.ours(), upDown(up)), c.carrier(1, up))
		})
		return d
	})},
	{"the partner's interface down", 3, onWire(func(p *planner, i int) time.Duration {
		d := p.lasting(50, 5000)
		p.broken(i, d, "the partner's interface down", soon, func(b *bed, up bool) error {
			c := b.cables[i]
			return errors.Join(b.far.ip("link set dev %s %s", c.theirs(), upDown(up)), c.carrier(0, up))
		})
		return d
	})},
	{"replug", 5, onWire(func(p *planner, i int) time.Duration {
		d := p.lasting(20, 5000)
		p.broken(i, d, "ip link del, and later ip link add", soon, func(b *bed, up bool) error {
			c := b.cables[i]
			c.fresh = true
			if up {
				return errors.Join(c.plug(), c.carrier(1, true))
			}
			return errors.Join(c.unplug(), c.carrier(1, false))
		})
		return d
	})},
	{"move away and back", 4, onWire(func(p *planner, i int) time.Duration {
		d := p.lasting(20, 5000)
		p.broken(i, d, "moved to another namespace", soon, func(b *bed, up bool) error { return b.cables[i].away(!up) })
		return d
	})},
	{"silent loss", 8, onWire(func(p *planner, i int) time.Duration {
		d, all, dirs := p.lasting(200, 9000), p.IntN(2) == 0, 1+p.IntN(3)
		p.broken(i, d, fmt.Sprintf("frames lost (all %v, directions %02b)", all, dirs), silent, func(b *bed, up bool) error {
			var errs []error
			for dir := range 2 {
				switch c := b.cables[i]; {
				case dirs&(1<<dir) == 0:
				case up:
					c.heal(dir)
				default:
					errs = append(errs, c.lose(dir, all))
				}
			}
			return errors.Join(errs...)
		})
		return d
	})},
	{"rename a member", 3, onWire(func(p *planner, i int) time.Duration {
		d := p.lasting(20, 3000)
		rename := func(from, to string) func(*bed) error {
			return func(b *bed) error {
				b.model.disturbs(i, soon)
				return b.near.ip("link set dev %s name %s", from, to)
			}
		}
		name, other := fmt.Sprintf("p%d", i), fmt.Sprintf("x%d", i)
		p.lock(d, attr(i), ourProcess, ourFile)
		p.do(0, rename(name, other), "%s renamed to %s", name, other)
		p.do(d, rename(other, name), "%s renamed to %s", other, name)
		return d
	})},
}

// onWire plans an action on a random cable and takes the cable for that time.
func onWire(plan func(p *planner, i int) time.Duration) func(*planner) bool {
	return func(p *planner) bool {
		i := p.IntN(p.members)
		// A command that names the member needs the interface to exist under its name.
		if !p.free(wire(i), attr(i)) {
			return false
		}
		p.lock(plan(p, i), wire(i), attr(i))
		return true
	}
}

// broken plans that a member can't be used for a time.
func (p *planner) broken(i int, d time.Duration, what string, bound time.Duration, set func(b *bed, up bool) error) {
	p.do(0, func(b *bed) error {
		b.model.breaks(i, what, bound)
		defer b.model.disturbs(i, bound)
		return set(b, false)
	}, "member %d: %s", i, what)
	p.do(d, func(b *bed) error {
		err := set(b, true)
		b.model.mends(i, what)
		return err
	}, "member %d: back after %s", i, what)
}

// plugged plugs the cable in or pulls it at both ends.
func (c *cable) plugged(in bool) error {
	return errors.Join(c.carrier(0, in), c.carrier(1, in))
}

// away moves the member's interface to another namespace, or back.
func (c *cable) away(gone bool) error {
	b := c.bed
	c.fresh = true
	if gone {
		return errors.Join(b.near.ip("link set dev %s netns %s", c.ours(), b.away.path()), c.carrier(1, false))
	}
	return errors.Join(b.away.ip("link set dev %s netns %s", c.ours(), b.near.path()),
		b.near.ip("link set dev %s up", c.ours()), c.carrier(1, true))
}
