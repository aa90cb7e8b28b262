package lacp

import "time"

// Config.RetryFirstLACPDU repeats LACPDUs that a partner may have discarded or forgotten
// because it detects its carrier later than we do.
const (
	// repeatAfter is the delay for the first LACPDU on a link. The two ends of a link
	// seldom detect their carriers further apart.
	repeatAfter = 200 * time.Millisecond
	// repeatAnswer is the delay for the answer to a partner that has not heard us. The
	// partner has a carrier, or it could not send, and is about to detect it.
	repeatAnswer = 100 * time.Millisecond
)

// planRepeat starts the timer that repeats our answer to a partner that does not hear
// us.
func (s *System) planRepeat(p *port) {
	if s.cfg.RetryFirstLACPDU && p.deaf && p.attached && !p.repeatTimer.running() {
		p.repeatTimer.start(s.now, repeatAnswer)
	}
}

// expireRepeat repeats the answer when repeatTimer expires, unless the partner has
// heard us by then.
func (s *System) expireRepeat(p *port) {
	if !p.repeatTimer.expired(s.now) {
		return
	}
	p.repeatTimer.stop()
	if p.deaf {
		p.ntt = true
	}
}
