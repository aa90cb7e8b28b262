package bond

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// If another program changes the MTU or MAC address of the device, the bond changes the
// members too, as the kernel's bonding driver does, until the next Set that changes the same
// value. If a member refuses, the device gets its old value back.

// The MTUs that the bond follows. A LACPDU does not fit below the lowest.
const (
	minFollowedMTU = 128
	maxFollowedMTU = MaxMTU
)

// follow is a change of the device that has to be applied to the members.
type follow struct {
	what   string
	err    error  // why it can't be followed
	steps  []step // done by the worker
	back   func() error
	commit func(now time.Time) // runs on control if the members have taken it
	undo   func()              // runs on control if they have not
}

// lookAtDevice follows the changes that another program made to the device. It runs on the
// worker and excludes Set meanwhile.
func (b *Bond) lookAtDevice() {
	b.setting.Lock()
	defer b.setting.Unlock()
	st, ok := b.dev.watcher.State()
	if !ok || st.Removed {
		return
	}
	for _, plan := range []func(link.State) *follow{b.followMTU, b.followAddr} {
		var f *follow
		if !b.do(func() { f = plan(st) }) {
			return
		}
		if f != nil {
			b.carryOutFollow(f)
		}
	}
	if up := b.dev.applied.carrier; !st.AdminDown && st.Up != up {
		err := b.device.SetCarrier(up)
		b.do(func() { b.noteDevice("carrier put back", err) })
	}
}

func (b *Bond) carryOutFollow(f *follow) {
	err, done := f.err, 0
	for err == nil && done < len(f.steps) {
		if err = f.steps[done].do(); err == nil {
			done++
		}
	}
	if err == nil {
		b.do(func() {
			if !b.left {
				b.generation++ // a Set that has read the old values begins again
				f.commit(time.Now())
				b.noteDevice(f.what, nil)
				b.publish()
			}
		})
		return
	}
	b.do(f.undo) // first, or control would reverse the undo steps
	for _, s := range slices.Backward(f.steps[:done]) {
		err = errors.Join(err, s.undo())
	}
	err = errors.Join(err, f.back())
	b.do(func() { b.noteDevice(f.what+" refused and put back", err) })
}

// followMTU plans how to follow a new MTU of the device. It returns nil if the MTU has not
// changed.
func (b *Bond) followMTU(st link.State) *follow {
	d := &b.dev
	if b.left || d.wantMTU == 0 || st.MTU == d.wantMTU {
		return nil
	}
	before := d.wantMTU
	f := &follow{
		what: "MTU " + strconv.Itoa(st.MTU),
		back: func() error { return b.device.SetMTU(before) },
		undo: func() {},
	}
	if st.MTU < minFollowedMTU || st.MTU > maxFollowedMTU {
		f.err = &ConfigError{"MTU", strconv.Itoa(st.MTU), strconv.Itoa(minFollowedMTU) + " to " + strconv.Itoa(maxFollowedMTU)}
		return f
	}
	for _, m := range b.members {
		l, ok := m.link.(link.MTUSetter)
		if !ok || m.phase != phaseActive {
			continue
		}
		was, undo := m.wantMTU, f.undo
		old := was
		if old == 0 {
			old = before
		}
		m.wantMTU = st.MTU // or control would put back the change
		f.undo = func() { undo(); m.wantMTU = was }
		f.steps = append(f.steps, step{func() error { return l.SetMTU(st.MTU) }, func() error { return l.SetMTU(old) }})
	}
	f.commit = func(now time.Time) {
		d.wantMTU, b.cfg.MTU = st.MTU, st.MTU
		for _, m := range b.members {
			if m.phase != phaseGone {
				b.noteMTU(now, m)
			}
		}
	}
	return f
}

// followAddr plans how to follow a new MAC address of the device. It returns nil if the
// address has not changed. The System Identifier stays.
func (b *Bond) followAddr(st link.State) *follow {
	d := &b.dev
	if b.left || st.Addr == (lacp.MAC{}) || st.Addr == d.wantAddr {
		return nil
	}
	addr, before := net.HardwareAddr(st.Addr[:]), net.HardwareAddr(slices.Clone(d.wantAddr[:]))
	f := &follow{
		what: "MAC address " + addr.String(),
		back: func() error { return b.device.SetHardwareAddr(before) },
		undo: func() {},
	}
	active := b.cfg.MACPolicy == MACActive
	var given []*member
	for _, m := range b.members {
		l, ok := m.link.(link.AddressSetter)
		if !ok || m.phase != phaseActive || active && m.addr == nil {
			continue
		}
		was, old, undo := m.wantAddr, slices.Clone(b.addr), f.undo
		m.wantAddr = st.Addr
		f.undo = func() { undo(); m.wantAddr = was }
		given = append(given, m)
		f.steps = append(f.steps, step{func() error { return l.SetHardwareAddr(addr) }, func() error { return l.SetHardwareAddr(old) }})
	}
	f.commit = func(now time.Time) {
		d.wantAddr, b.addr, b.provisional = st.Addr, addr, false
		if active {
			for _, m := range given {
				m.addr = addr
			}
			for _, m := range b.members {
				if m.addr != nil {
					b.setAddr(m, addr) // another member has become active meanwhile
				}
			}
		}
		if b.ready.isUp() {
			b.startAnnouncing(now)
		}
	}
	return f
}

// putBackAddresses restores the configured addresses of the device that another program has
// removed. If that fails, the other program may have moved them to another interface. That is
// no reason to reject a Set that is about something else.
func (b *Bond) putBackAddresses() {
	if err := b.device.SetAddresses(b.cfg.Addresses); err != nil {
		b.noteDevice("addresses not put back", err)
	}
}

// setDeviceMTU sets the device's MTU for a Set.
func (b *Bond) setDeviceMTU(mtu int) error {
	was := b.dev.wantMTU
	b.dev.wantMTU = mtu
	err := b.device.SetMTU(mtu)
	if err != nil {
		b.dev.wantMTU = was
	}
	return err
}

// setDeviceAddr sets the device's MAC address for a Set.
func (b *Bond) setDeviceAddr(addr net.HardwareAddr) error {
	was := b.dev.wantAddr
	b.dev.wantAddr = lacp.MAC(addr)
	err := b.device.SetHardwareAddr(addr)
	if err != nil {
		b.dev.wantAddr = was
	}
	return err
}
