package main

import (
	"syscall"
	"time"
)

// processActions stop, kill and start the two ends.
var processActions = []action{
	{"SIGSTOP and SIGCONT", 4, func(p *planner) bool {
		if !p.free(ourProcess, ourFile) {
			return false
		}
		d := p.lasting(50, 6000)
		p.lock(d, ourProcess, ourFile)
		p.frozen(d, "SIGSTOP", func(b *bed) error { return b.lacpd.Load().signal(syscall.SIGSTOP) },
			"SIGCONT", func(b *bed) error { return b.lacpd.Load().signal(syscall.SIGCONT) })
		return true
	}},
	{"kill -9 and start", 4, restart("kill -9", func(b *bed) error { return b.lacpd.Load().kill() })},
	{"SIGTERM and start", 2, restart("SIGTERM", func(b *bed) error { return b.lacpd.Load().end(endWithin) })},
	{"the partner stopped", 3, func(p *planner) bool {
		if !p.free(theEnd) {
			return false
		}
		d := p.lasting(50, 7000)
		p.lock(d, theEnd)
		p.partnerless(d, "SIGSTOP of the partner", func(b *bed) error { return b.partner.signal(syscall.SIGSTOP) },
			"SIGCONT of the partner", func(b *bed) error { return b.partner.signal(syscall.SIGCONT) })
		return true
	}},
	{"the partner killed", 2, func(p *planner) bool {
		if !p.free(theEnd) {
			return false
		}
		d := p.lasting(0, 3000)
		p.lock(d+2*time.Second, theEnd)
		p.partnerless(d, "kill -9 of the partner", func(b *bed) error { return b.partner.kill() },
			"start of the partner", func(b *bed) error { return b.partner.start() })
		return true
	}},
}

// endWithin is how long lacpd may take to end, for each of a few attempts of its partner to
// answer.
const endWithin = 8 * time.Second

// restart plans that our lacpd ends and is started later. Settings are not changed while it
// does not run, because it would find them changed.
func restart(what string, end func(*bed) error) func(*planner) bool {
	return func(p *planner) bool {
		parts := append(p.attrs(), ourProcess, ourFile, ourDevice)
		if !p.free(parts...) {
			return false
		}
		d := p.lasting(0, 3000)
		p.lock(d+time.Second, parts...)
		p.frozen(d, what, end, "lacpd started after "+what, func(b *bed) error { return b.startLacpd() })
		return true
	}
}

// frozen plans that our lacpd can't act for a time.
func (p *planner) frozen(d time.Duration, what string, do func(*bed) error, after string, undo func(*bed) error) {
	p.do(0, func(b *bed) error {
		b.model.all(0, func() { b.model.frozen++ })
		return do(b)
	}, "%s", what)
	p.do(d, func(b *bed) error {
		err := undo(b)
		b.model.all(back, func() { b.model.frozen-- })
		return err
	}, "%s", after)
}

// partnerless plans that the partner does not run for a time.
func (p *planner) partnerless(d time.Duration, what string, do func(*bed) error, after string, undo func(*bed) error) {
	p.do(0, func(b *bed) error {
		b.model.all(silent, func() { b.model.partner++ })
		return do(b)
	}, "%s", what)
	p.do(d, func(b *bed) error {
		err := undo(b)
		b.model.all(back, func() { b.model.partner-- })
		return err
	}, "%s", after)
}
