package chassis

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Obstacle is why a chassis must not take the LAG over, such as a setting that differs from that of
// the active chassis. It is the reason that its links report. The zero value is no obstacle.
type Obstacle struct {
	Code       lacp.ReasonCode
	Have, Want string
}

// SetObstacle replaces the obstacle. A chassis with an obstacle stands by, and the others learn that it
// can't take over. A chassis that carries the LAG already goes on.
func (m *Machine) SetObstacle(now time.Duration, o Obstacle) {
	m.at(now)
	m.obstacle = o
	m.settle()
}

// able reports whether this chassis can carry the LAG.
func (m *Machine) able() bool {
	return m.score >= m.cfg.MinScore && (m.obstacle == Obstacle{} || m.holds())
}

// standing returns the score that the other chassis learn.
func (m *Machine) standing() int {
	if m.score >= m.cfg.MinScore && !m.able() {
		return 0
	}
	return m.score
}
