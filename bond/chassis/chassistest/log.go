package chassistest

import (
	"fmt"
	"time"
)

// log keeps the last events of a run.
type log struct {
	kept [100]entry
	n    int
}

// entry is an event. It is formatted only if it is shown.
type entry struct {
	at     time.Duration
	format string
	args   []any
}

func (l *log) add(at time.Duration, format string, args ...any) {
	l.kept[l.n%len(l.kept)] = entry{at, format, args}
	l.n++
}

func (l *log) lines() (all []string) {
	for i := max(0, l.n-len(l.kept)); i < l.n; i++ {
		e := &l.kept[i%len(l.kept)]
		all = append(all, fmt.Sprintf("%9.4f  ", e.at.Seconds())+fmt.Sprintf(e.format, e.args...))
	}
	return all
}
