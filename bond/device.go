package bond

import (
	"errors"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// The device belongs to the host as well: any program can delete it, set it down or change it.
// Control follows the reports of its watcher. While the device is gone or down the bond has no
// path, and it announces that to the partners.

// DeviceState is the state of the interface that a bond gives the host.
type DeviceState uint8

// The values of DeviceState.
const (
	DeviceNone    DeviceState = iota // the bond has no device
	DeviceUp                         // the host can use it
	DeviceDown                       // another program set it down: the bond has no path
	DeviceMissing                    // it is gone: the bond has no path, and makes the device again
)

var deviceStateNames = [...]string{"none", "up", "down", "missing"}

// String returns "none", "up", "down" or "missing".
func (s DeviceState) String() string {
	if int(s) >= len(deviceStateNames) {
		return "invalid"
	}
	return deviceStateNames[s]
}

// DeviceStatus is a snapshot of the device that the bond gives the host.
type DeviceStatus struct {
	Name   string // its current name
	State  DeviceState
	Since  time.Time // of State
	Reason string    // why it is down or missing
}

// deviceLife is the state of the device as control sees it.
type deviceLife struct {
	watcher link.DeviceWatcher // nil: the device reports nothing
	state   link.State         // as last reported
	missing bool
	why     string    // why it is missing
	since   time.Time // since when it is missing, down, or up
	held    bool      // the bond has no path because of the device, a refused plan or AdminDown
	keep    bool      // Close leaves the interface for the next start

	wanted  shown // set by control
	applied shown // set by the worker; only the worker uses it

	wantAddr lacp.MAC // as last set or followed; zero: not known yet
	wantMTU  int

	remakeAt time.Time // when to make it again; zero: not due
	madeAt   time.Time
	tries    int // since the device last lived for remakeReset
}

// shown is the state that the device shows to the host.
type shown struct {
	carrier bool
	speed   uint32 // Mb/s; 0: unknown
}

// startDevice follows the device.
func (b *Bond) startDevice() {
	d := &b.dev
	d.since, d.madeAt = time.Now(), time.Now()
	if w, ok := b.device.(link.DeviceWatcher); ok {
		d.watcher = w
		if addr := b.device.HardwareAddr(); len(addr) == 6 {
			d.wantAddr = lacp.MAC(addr)
		}
		b.readers.Add(1)
		go b.readDeviceChanges(w)
	}
}

// readDeviceChanges passes the states of the device to control.
func (b *Bond) readDeviceChanges(w link.DeviceWatcher) {
	defer b.readers.Done()
	for {
		select {
		case st, ok := <-w.Changes():
			if !ok || !b.tell(input{do: func() { b.deviceChanged(time.Now(), st) }}) {
				return
			}
		case <-b.stopping:
			return
		}
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
	if d.wantMTU == 0 {
		d.wantMTU = st.MTU
	}
	if d.wantAddr == (lacp.MAC{}) {
		d.wantAddr = st.Addr
	}
	if st.Renamed != old.Renamed {
		b.noteDevice("renamed to "+b.deviceName(), nil)
	}
	if st.AdminDown != old.AdminDown {
		d.since = now
		what := "set up"
		if st.AdminDown {
			what = "set down"
		}
		b.noteDevice(what, nil)
		b.holdPath(now)
	}
	if st.Addr != d.wantAddr || st.MTU != d.wantMTU || st.Up != d.wanted.carrier {
		b.worker.post("look at the device", b.lookAtDevice)
	}
}

// deviceName returns the current name of the device's interface.
func (b *Bond) deviceName() string {
	if b.dev.state.Renamed != "" {
		return b.dev.state.Renamed
	}
	return b.device.Name()
}

func (b *Bond) deviceState() DeviceState {
	switch {
	case b.device == nil:
		return DeviceNone
	case b.dev.missing:
		return DeviceMissing
	case b.dev.state.AdminDown:
		return DeviceDown
	}
	return DeviceUp
}

func (b *Bond) deviceStatus() DeviceStatus {
	st := DeviceStatus{State: b.deviceState()}
	if st.State == DeviceNone {
		return st
	}
	st.Name, st.Since = b.deviceName(), b.dev.since
	switch st.State {
	case DeviceMissing:
		st.Reason = b.dev.why
	case DeviceDown:
		st.Reason = "it was set down: set it up to use the bond"
	}
	return st
}

// noteDevice reports a change of the device.
func (b *Bond) noteDevice(what string, err error) {
	switch {
	case err != nil:
		b.log.Warn("device changed", "device", b.deviceName(), "change", what, "error", err)
	case b.deviceState() == DeviceUp:
		b.log.Info("device changed", "device", b.deviceName(), "change", what)
	default:
		b.log.Warn("device changed", "device", b.deviceName(), "change", what)
	}
	b.emit(Event{Kind: EventDevice, Up: b.deviceState() == DeviceUp, Detail: what, Err: err})
}

// The bond makes a device again at once, but waits for remakePause if that fails or if the
// device is lost again before it has lived for remakeReset.
const remakePause = time.Second

const remakeReset = time.Minute

// loseDevice records that the device is gone.
func (b *Bond) loseDevice(now time.Time, why string) {
	d := &b.dev
	if d.missing || b.left {
		return
	}
	d.missing, d.why, d.since = true, why, now
	d.state = link.State{Removed: true}
	if now.Sub(d.madeAt) >= remakeReset {
		d.tries = 0
	}
	if _, ok := b.device.(link.DeviceRemaker); ok {
		b.remakeLater(now)
	}
	b.noteDevice("removed", nil)
	b.holdPath(now)
}

func (b *Bond) remakeLater(now time.Time) {
	d := &b.dev
	d.remakeAt = now
	if d.tries > 0 {
		d.remakeAt = now.Add(remakePause)
	}
	d.tries++
}

// remakeDevice makes the device again if that is due.
func (b *Bond) remakeDevice(now time.Time) {
	d := &b.dev
	if d.remakeAt.IsZero() || d.remakeAt.After(now) {
		return
	}
	d.remakeAt = time.Time{}
	if b.left {
		return
	}
	r := b.device.(link.DeviceRemaker)
	b.worker.post("make the device again", func() {
		err := r.Remake()
		b.tell(input{do: func() { b.deviceRemade(time.Now(), err) }})
	})
}

func (b *Bond) deviceRemade(now time.Time, err error) {
	d := &b.dev
	if err != nil {
		if why := err.Error(); why != d.why { // report each cause once
			d.why = why
			b.noteDevice("not made again", err)
		}
		b.remakeLater(now)
		return
	}
	d.missing, d.why, d.since, d.madeAt = false, "", now, now
	d.state = link.State{MTU: d.wantMTU, Addr: d.wantAddr} // until it reports its own
	b.noteDevice("restored", nil)
	b.holdPath(now)
}

// holdPath closes the bond's path while the device is gone or down, the data plane refuses
// plans, or AdminDown is set. Otherwise it opens the path.
func (b *Bond) holdPath(now time.Time) {
	held := b.device != nil && b.deviceState() != DeviceUp || b.refusal.err != nil || b.cfg.AdminDown
	if b.dev.held == held || b.left {
		return
	}
	b.dev.held = held
	b.configure(now)
	b.publish()
}

// showDevice makes the worker set the device's carrier and speed if the wanted values changed.
func (b *Bond) showDevice() {
	if b.device == nil || b.left {
		return
	}
	want := shown{b.ready.isUp(), b.speed()}
	if want == b.dev.wanted {
		return
	}
	b.dev.wanted = want
	b.worker.post("show the members' state", b.applyShown)
}

// applyShown sets the device's carrier and speed. It runs on the worker.
func (b *Bond) applyShown() {
	var want shown
	if !b.do(func() { want = b.dev.wanted }) {
		return
	}
	old := b.dev.applied
	b.dev.applied = want
	if s, ok := b.device.(link.SpeedSetter); ok && want.speed != old.speed {
		if err := s.SetSpeed(want.speed); err != nil && !errors.Is(err, net.ErrClosed) {
			b.log.Warn("device speed not set", "mbps", want.speed, "error", err)
		}
	}
	if want.carrier == old.carrier {
		return
	}
	if err := b.device.SetCarrier(want.carrier); err != nil && !errors.Is(err, net.ErrClosed) {
		b.log.Error("device carrier not set", "up", want.carrier, "error", err)
		b.tell(input{do: func() { b.noteDevice("carrier not set", err) }})
	}
}

// speed returns the sum of the known speeds of the members in use, in Mb/s. In ModeBroadcast,
// where each member carries everything, it returns the lowest.
func (b *Bond) speed() (mbps uint32) {
	for _, m := range b.members {
		s := m.state.SpeedMbps
		switch {
		case !m.usable || m.phase == phaseGone || s == 0:
		case b.cfg.Mode == ModeBroadcast && mbps != 0:
			mbps = min(mbps, s)
		default:
			mbps += s
		}
	}
	return mbps
}

// closeDevice closes the device but leaves its interface if that is to be kept.
func (b *Bond) closeDevice() error {
	if k, ok := b.device.(link.DeviceKeeper); ok && b.dev.keep {
		if err := k.Keep(); err != nil {
			b.log.Warn("device not kept for the next start", "device", b.device.Name(), "error", err)
		}
	}
	return b.device.Close()
}
