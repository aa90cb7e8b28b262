package bond

import (
	"errors"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/hostside"
	"github.com/lagkit/lagkit/internal/pace"
	"github.com/lagkit/lagkit/lacp"
)

// The device belongs to the host as well: any program can delete it, set it down or change it.
// Control follows the reports of its watcher. While the device is gone or down the bond has no
// path, and it announces that to the partners.

// startDevice follows the device.
func (b *Bond) startDevice() {
	d := &b.dev
	d.since = time.Now()
	d.remake = pace.Retry{Pause: remakePause, Lived: remakeReset}
	d.remake.Made(d.since)
	if w, ok := b.device.(link.DeviceWatcher); ok {
		d.watcher = w
		if addr := b.device.HardwareAddr(); len(addr) == 6 {
			d.want.Addr = lacp.MAC(addr)
		}
		w.Watch(func(st link.State) { b.states.Put(nil, st) })
	}
}

// deviceChanged processes a new state of the device.
func (b *Bond) deviceChanged(now time.Time, st link.State) {
	d := &b.dev
	if st.Removed {
		b.loseDevice(now, "its interface was deleted, or moved to another namespace")
		return
	}
	if d.missing {
		return // older than the report that it is gone
	}
	old := d.state
	d.state = st
	if f, ok := b.plane.(plane.DeviceFollower); ok {
		f.DeviceChanged(st)
	}
	d.want.Learn(st)
	if st.Renamed != old.Renamed {
		b.noteDevice("renamed to "+b.deviceName(), nil)
	}
	if st.AdminDown != old.AdminDown {
		d.since = now
		what := "set up"
		if st.AdminDown {
			what = "set down"
		} else {
			b.worker.Post("restore addresses and routes", b.hostSideAfterDown)
		}
		b.noteDevice(what, nil)
		b.holdPath(now)
	}
	if !d.adopted && (st.Addr != d.want.Addr || st.MTU != d.want.MTU || st.Up != d.wanted.carrier) {
		b.worker.Post("look at the device", b.lookAtDevice)
	}
}

// hostSideAfterDown restores what the kernel removes from an interface that is set down. It runs on
// the worker and excludes Set meanwhile.
func (b *Bond) hostSideAfterDown() {
	b.setting.Lock()
	defer b.setting.Unlock()
	var side hostside.Side
	if b.do(func() { side = hostside.Of(&b.cfg) }) {
		side.PutBack(b.device, b.notPutBack)
	}
}

// notPutBack reports a part of the host's side that could not be restored.
func (b *Bond) notPutBack(what string, err error) {
	b.do(func() { b.noteDevice(what+" not put back", err) })
}

// The bond makes a device again at once, but waits for remakePause if that fails or if the
// device is lost again before it has lived for remakeReset.
const remakePause, remakeReset = time.Second, time.Minute

// loseDevice records that the device is gone.
func (b *Bond) loseDevice(now time.Time, why string) {
	d := &b.dev
	if d.missing || b.left {
		return
	}
	d.missing, d.why, d.since = true, why, now
	d.state = link.State{Removed: true}
	if _, ok := b.device.(link.DeviceRemaker); ok {
		d.remake.Lost(now)
	}
	b.noteDevice("removed", nil)
	b.holdPath(now)
}

// remakeDevice makes the device again if that is due.
func (b *Bond) remakeDevice(now time.Time) {
	if !b.dev.remake.Take(now) || b.left {
		return
	}
	r := b.device.(link.DeviceRemaker)
	b.later("make the device again", r.Remake, func(err error) { b.deviceRemade(time.Now(), err) })
}

func (b *Bond) deviceRemade(now time.Time, err error) {
	d := &b.dev
	if err != nil {
		if why := err.Error(); why != d.why { // report each cause once
			d.why = why
			b.noteDevice("not made again", err)
		}
		d.remake.Failed(now)
		return
	}
	d.missing, d.why, d.since = false, "", now
	d.remake.Made(now)
	d.state = link.State{MTU: d.want.MTU, Addr: d.want.Addr} // until it reports its own
	b.noteDevice("restored", nil)
	b.holdPath(now)
}

// showDevice makes the worker set the device's carrier and speed if the wanted values changed.
func (b *Bond) showDevice() {
	if b.device == nil || b.left || b.outlives.Adopting() || b.dev.adopted && b.work.Busy() {
		return // an adopted device keeps its carrier until the first plan is in use
	}
	want := shown{b.ready.Up(), b.speed()}
	if want == b.dev.wanted && !b.dev.adopted {
		return
	}
	b.dev.wanted = want
	b.worker.Post("show the members' state", b.applyShown)
}

// applyShown sets the device's carrier and speed. It runs on the worker.
func (b *Bond) applyShown() {
	var want shown
	var adopted bool
	if !b.do(func() { want, adopted, b.dev.adopted = b.dev.wanted, b.dev.adopted, false }) {
		return
	}
	old := b.dev.applied
	b.dev.applied = want
	if s, ok := b.device.(link.SpeedSetter); ok && want.speed != old.speed {
		if err := s.SetSpeed(want.speed); err != nil && !errors.Is(err, net.ErrClosed) {
			b.log.Warn("device speed not set", "mbps", want.speed, "error", err)
		}
	}
	if want.carrier == old.carrier && !adopted {
		return
	}
	if err := b.device.SetCarrier(want.carrier); err != nil && !errors.Is(err, net.ErrClosed) {
		b.log.Error("device carrier not set", "up", want.carrier, "error", err)
		b.tell(input{do: func() { b.noteDevice("carrier not set", err) }})
	}
}
