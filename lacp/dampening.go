package lacp

import (
	"math"
	"strconv"
	"time"
)

// Dampening keeps a flapping port out. Each time a port leaves Distributing
// because of its link or its partner, its penalty grows by 1,000. The penalty halves
// every HalfLife. When it reaches Suppress, the port becomes a standby link until the
// penalty has fallen to Reuse. The zero value disables dampening.
type Dampening struct {
	HalfLife time.Duration // 0 means off
	Suppress uint32        // 0 means 2,000
	Reuse    uint32        // 0 means 750; less than Suppress
	Max      uint32        // the penalty grows no further; 0 means 4 times Suppress
}

// flapPenalty is the penalty of one flap.
const flapPenalty = 1000

// portDampening is the penalty of a port.
type portDampening struct {
	penalty   float64 // at penaltyAt
	penaltyAt instant // of the last flap
}

// check validates d and fills in its defaults.
func (d *Dampening) check() error {
	if d.HalfLife == 0 {
		return nil
	}
	if d.Suppress == 0 {
		d.Suppress = 2 * flapPenalty
	}
	if d.Reuse == 0 {
		d.Reuse = 3 * flapPenalty / 4
	}
	if d.Max == 0 {
		d.Max = 4 * d.Suppress
	}
	number := func(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
	switch {
	case d.HalfLife < 0:
		return &FieldError{"Dampening.HalfLife", d.HalfLife.String(), "0 (off) or more"}
	case d.Reuse >= d.Suppress:
		return &FieldError{"Dampening.Reuse", number(d.Reuse), "less than Suppress, " + number(d.Suppress)}
	case d.Max < d.Suppress:
		return &FieldError{"Dampening.Max", number(d.Max), "Suppress, " + number(d.Suppress) + ", or more"}
	}
	return nil
}

// penaltyNow returns the penalty, decayed to the current time.
func (p *portDampening) penaltyNow(d *Dampening, now instant) float64 {
	if p.penalty == 0 {
		return 0
	}
	return p.penalty * math.Exp2(-float64(now-p.penaltyAt)/float64(d.HalfLife))
}

// flap adds a flap to the penalty, and starts reuse, the port's reuseTimer, if the penalty now
// suppresses the port.
func (p *portDampening) flap(d *Dampening, now instant, reuse *timer) {
	if d.HalfLife == 0 {
		return
	}
	p.penalty = min(p.penaltyNow(d, now)+flapPenalty, float64(d.Max))
	p.penaltyAt = now
	if p.penalty < float64(d.Suppress) {
		return
	}
	halfLives := math.Log2(p.penalty / float64(d.Reuse))
	reuse.start(now, time.Duration(math.Ceil(halfLives*float64(d.HalfLife))))
}
