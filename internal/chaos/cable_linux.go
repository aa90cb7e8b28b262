package main

import (
	"errors"
	"fmt"
)

// cable joins a member of ours, p0 in namespace near, to a member of the partner's, o0 in far.
// Its two halves are pairs of virtual interfaces. Their other ends, c0 and d0, are in the
// namespace mid, where frames pass from one half to the other, are dropped, and are observed.
type cable struct {
	bed *bed
	i   int
	tap [2]*tap // of the c end and of the d end

	// fresh is set if the member's interface is new since the start or was moved. lacpd may
	// have found it down, and then leaves it down at the end.
	fresh bool
}

func (c *cable) ours() string   { return fmt.Sprintf("p%d", c.i) }
func (c *cable) theirs() string { return fmt.Sprintf("o%d", c.i) }
func (c *cable) c() string      { return fmt.Sprintf("c%d", c.i) }
func (c *cable) d() string      { return fmt.Sprintf("d%d", c.i) }

func (c *cable) ourMAC() string { return fmt.Sprintf("02:00:00:00:01:%02x", c.i) }

// sinkName is an interface of mid that discards frames.
const sinkName = "sink"

// half makes one half of the cable. Its ends get different indexes, because the kernel delays
// carrier notifications if they are equal.
func (b *bed) half(end, name, mac string, ns *namespace) error {
	b.lastIndex += 2
	err := b.mid.ip("link add dev %s index %d type veth peer name %s index %d address %s netns %s",
		end, b.lastIndex, name, b.lastIndex+1, mac, ns.path())
	return errors.Join(err, b.mid.ip("link set dev %s up", end), ns.ip("link set dev %s up", name))
}

// plug makes our half of the cable.
func (c *cable) plug() error {
	err := c.bed.half(c.c(), c.ours(), c.ourMAC(), c.bed.near)
	if err != nil {
		return err
	}
	if err := c.pass(c.c(), c.d()); err != nil {
		return err
	}
	if err := c.pass(c.d(), c.c()); err != nil {
		return err
	}
	return c.listen(0, c.c())
}

// unplug deletes our half, including the member's interface.
func (c *cable) unplug() error {
	return c.bed.near.ip("link del dev %s", c.ours())
}

func (c *cable) lay() error {
	if err := c.bed.half(c.d(), c.theirs(), fmt.Sprintf("02:00:00:00:02:%02x", c.i), c.bed.far); err != nil {
		return err
	}
	if err := c.bed.mid.tc("qdisc add dev %s clsact", c.d()); err != nil {
		return err
	}
	if err := c.listen(1, c.d()); err != nil {
		return err
	}
	return c.plug()
}

// pass forwards the frames that come in at one end of mid to the other end.
func (c *cable) pass(from, to string) error {
	mid := c.bed.mid
	if from == c.c() {
		if err := mid.tc("qdisc add dev %s clsact", from); err != nil {
			return err
		}
	} else {
		_ = mid.tc("filter del dev %s ingress prio 100", from) // the first time it does not exist
	}
	return mid.tc("filter add dev %s ingress prio 100 protocol all u32 match u32 0 0 action mirred egress redirect dev %s", from, to)
}

// carrier sets the carrier that an end of the cable sees: dir 0 is our end.
func (c *cable) carrier(dir int, up bool) error {
	return c.bed.mid.ip("link set dev %s %s", []string{c.c(), c.d()}[dir], upDown(up))
}

func upDown(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

// loseLACP is a filter that drops slow-protocols frames.
const loseLACP = "protocol all u32 match u16 0x8809 0xffff at -2 action mirred egress redirect dev " + sinkName

// lose drops frames of one direction: dir 0 are those that we send.
func (c *cable) lose(dir int, all bool) error {
	end := []string{c.c(), c.d()}[dir]
	if all {
		return c.bed.mid.drop(end, "ingress")
	}
	return c.bed.mid.tc("filter add dev %s ingress prio 10 %s", end, loseLACP)
}

// heal ends lose. If the interface was plugged in again meanwhile, the filter is already gone.
func (c *cable) heal(dir int) {
	_ = c.bed.mid.tc("filter del dev %s ingress prio 10", []string{c.c(), c.d()}[dir])
}
