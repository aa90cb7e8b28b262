package lacp

import "time"

// Config.RepeatFirst: LACPDUs that a partner may have discarded, or forgotten,
// because it learns of its carrier later than we do.
const (
	// repeatAfter is for the first LACPDU on a link. Two ends seldom learn of their
	// carriers further apart.
	repeatAfter = 200 * time.Millisecond
	// repeatAnswer is for the answer to a partner that has not heard us. It has a
	// carrier, or it could not speak, and is about to learn of it.
	repeatAnswer = 100 * time.Millisecond
)

// planRepeat has our answer to a partner that does not hear us sent again.
func (s *System) planRepeat(p *port) {
	if s.cfg.RepeatFirst && p.deaf && p.attached && !p.repeatTimer.running() {
		p.repeatTimer.start(s.now, repeatAnswer)
	}
}

// expireRepeat sends the answer again, when that is due, unless the partner has heard
// us by then.
func (s *System) expireRepeat(p *port) {
	if !p.repeatTimer.expired(s.now) {
		return
	}
	p.repeatTimer.stop()
	if p.deaf {
		p.ntt = true
	}
}
