package bond

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/steps"
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
	change
	what   string
	err    error // why it can't be followed
	back   func() error
	commit func(now time.Time) // runs on control if the members have taken it
}

// keep makes the device have its new value as one that was set here, so that it gets it again if it
// has to be made again.
func (f *follow) keep(set func() error) { f.steps = append(f.steps, steps.Step{Do: set, Undo: f.back}) }

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
	err := f.err
	if err == nil {
		err = steps.Run(f.steps)
	}
	if err != nil {
		err = errors.Join(err, f.back())
	}
	b.do(func() {
		now := time.Now()
		switch {
		case b.left:
		case err != nil:
			b.noteDevice(f.what+" refused and put back", err)
		default:
			b.generation++ // a Set that has read the old values begins again
			steps.Take(f.steps)
			f.commit(now)
			b.noteDevice(f.what, nil)
			b.publish()
		}
		b.endChange(now, &f.change)
	})
}

// followMTU plans how to follow a new MTU of the device. It returns nil if the MTU has not
// changed.
func (b *Bond) followMTU(st link.State) *follow {
	d := &b.dev
	if b.left || d.want.MTU == 0 || st.MTU == d.want.MTU {
		return nil
	}
	before := d.want.MTU
	f := &follow{
		what: "MTU " + strconv.Itoa(st.MTU),
		back: func() error { return b.device.SetMTU(before) },
	}
	if st.MTU < minFollowedMTU || st.MTU > maxFollowedMTU {
		f.err = allowed.Refuse("MTU", strconv.Itoa(st.MTU), strconv.Itoa(minFollowedMTU)+" to "+strconv.Itoa(maxFollowedMTU))
		return f
	}
	for _, m := range b.members {
		f.setMTU(m, before, st.MTU)
	}
	f.keep(func() error { return b.device.SetMTU(st.MTU) })
	f.commit = func(now time.Time) {
		d.want.MTU, b.cfg.MTU = st.MTU, st.MTU
		for m := range b.members.present {
			b.noteMTU(now, m)
		}
	}
	return f
}

// followAddr plans how to follow a new MAC address of the device. It returns nil if the
// address has not changed. The System Identifier stays.
func (b *Bond) followAddr(st link.State) *follow {
	d := &b.dev
	if b.left || st.Addr == (lacp.MAC{}) || st.Addr == d.want.Addr {
		return nil
	}
	addr, before := net.HardwareAddr(st.Addr[:]), net.HardwareAddr(slices.Clone(d.want.Addr[:]))
	f := &follow{
		what: "MAC address " + addr.String(),
		back: func() error { return b.device.SetHardwareAddr(before) },
	}
	active := b.cfg.MACPolicy == MACActive
	for _, m := range b.members {
		if !active || m.addr != nil {
			f.setAddr(m, b.addr, addr)
		}
	}
	f.keep(func() error { return b.device.SetHardwareAddr(addr) })
	f.commit = func(now time.Time) {
		d.want.Addr, b.addr, b.provisional = st.Addr, addr, false
		if active {
			for _, m := range f.members {
				m.addr = addr
			}
			b.setAddrs(b.activeMember(), func() {}) // another member may have become active meanwhile
		}
		if b.ready.Up() {
			b.startAnnouncing(now)
		}
	}
	return f
}
