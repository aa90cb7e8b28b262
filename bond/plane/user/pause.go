package user

// Pause implements [plane.Pauser]. Frames can still be sent by Send. Like Apply, it and Resume must be
// called from one goroutine.
func (u *Plane) Pause() error {
	u.paused = true
	u.readers.Wait() // their links and device are paused
	return nil
}

// Resume implements [plane.Pauser].
func (u *Plane) Resume() {
	u.paused = false
	if u.plan.Load() == nil {
		return
	}
	u.mu.Lock()
	var members []*member
	for _, m := range u.members {
		if !m.ended {
			members = append(members, m)
		}
	}
	u.mu.Unlock()
	u.reading = false
	u.startReading(members)
}
