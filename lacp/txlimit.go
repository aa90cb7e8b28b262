package lacp

// The limit of LACPDUs sent, 6.4.16.

// txPerSecond is the maximum number of LACPDUs sent in any Fast_Periodic_Time.
const txPerSecond = 3

// portTransmission is what delays the port's LACPDUs.
type portTransmission struct {
	limit   txLimit
	retryAt instant // send no LACPDU before this, after a failure; 0 without one
}

// txLimit records when the last LACPDUs were sent.
type txLimit struct {
	sent  [txPerSecond]instant
	count uint64
}

// opens returns the first instant when the limit allows another LACPDU.
func (l *txLimit) opens() instant {
	if l.count < txPerSecond {
		return 0
	}
	return l.sent[l.count%txPerSecond] + instant(FastPeriodicTime)
}

func (l *txLimit) add(now instant) {
	l.sent[l.count%txPerSecond] = now
	l.count++
}

// mayTransmitAt returns the first instant when a LACPDU may be sent.
func (p *portTransmission) mayTransmitAt() instant { return max(p.limit.opens(), p.retryAt) }
