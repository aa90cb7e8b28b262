package lacp

import "time"

// Config.RepeatFirst: LACPDUs that a partner whose carrier comes later has probably
// discarded, and may not have counted if it was Expired once more since.
const (
	// repeatAfter is for the first LACPDU on a link. Two ends seldom learn of their
	// carriers further apart.
	repeatAfter = 200 * time.Millisecond
	// repeatAnswer is for the answer to a partner that shows it has not heard us. Its
	// carrier is up, so that it will know soon.
	repeatAnswer = 100 * time.Millisecond
)

// planRepeat has our answer to a partner that does not hear us sent again.
func (s *System) planRepeat(p *port) {
	if s.cfg.RepeatFirst && p.deaf && p.attached && !p.repeatTimer.running() {
		p.repeatTimer.start(s.now, repeatAnswer)
	}
}

// stepRepeat sends the answer again unless the partner has heard us by now. It
// reports whether that was due.
func (s *System) stepRepeat(p *port) bool {
	if !p.repeatTimer.expired(s.now) {
		return false
	}
	p.repeatTimer.stop()
	p.ntt = p.ntt || p.deaf
	return true
}
