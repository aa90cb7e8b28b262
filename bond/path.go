package bond

import "time"

// holdPath closes the bond's path while the device is gone or down, the data plane refuses
// plans, or AdminDown is set. Otherwise it opens the path.
func (b *Bond) holdPath(now time.Time) {
	held := b.device != nil && b.deviceState() != DeviceUp || b.refusal.Err() != nil || b.cfg.AdminDown
	if b.dev.held == held || b.left {
		return
	}
	b.dev.held = held
	b.configure(now)
	b.publish()
}

// retryPlan closes the path after a refusal, and opens it again after the pause.
func (b *Bond) retryPlan(now time.Time) {
	if b.refusal.Take(now) {
		b.holdPath(now) // the new plan may be refused again
	}
	if b.refusal.Err() != nil {
		b.holdPath(now)
	}
}
