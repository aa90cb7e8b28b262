package bond

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
	up := b.deviceState() == DeviceUp
	log, values := b.log.Info, []any{"device", b.deviceName(), "change", what}
	if err != nil {
		values = append(values, "error", err)
	}
	if err != nil || !up {
		log = b.log.Warn
	}
	log("device changed", values...)
	b.emit(Event{Kind: EventDevice, Up: up, Detail: what, Err: err})
}

// speed returns the sum of the known speeds of the members in use, in Mb/s. In ModeBroadcast,
// where each member carries everything, it returns the lowest.
func (b *Bond) speed() (mbps uint32) {
	return b.speedOf(func(m *member) bool { return m.usable })
}

// speedOf is speed for some of the members.
func (b *Bond) speedOf(some func(*member) bool) (mbps uint32) {
	for _, m := range b.members {
		s := m.state.SpeedMbps
		switch {
		case !some(m) || m.phase == phaseGone || s == 0:
		case b.cfg.Mode == ModeBroadcast && mbps != 0:
			mbps = min(mbps, s)
		default:
			mbps += s
		}
	}
	return mbps
}
