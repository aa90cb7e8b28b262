package bond_test

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
)

// stuck is a writer that blocks until it is released.
type stuck struct{ free chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	<-s.free
	return len(p), nil
}

// A Logger that blocks for ever must stop neither LACP nor Status nor Close.
func TestLoggerThatBlocksBOX05(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stuck{make(chan struct{})}
		cfg := bond.Config{Rate: bond.RateFast, Logger: slog.New(slog.NewTextHandler(w, nil))}
		p := newPair(t, 2, cfg, fast34)
		p.waitReady(t, 4*time.Second)
		for range 20 { // more records than fit
			p.cables[0].SetUp(false)
			time.Sleep(5 * time.Second)
			p.cables[0].SetUp(true)
			time.Sleep(5 * time.Second)
		}
		synctest.Wait()
		if got := carrying(p.b); len(got) != 2 {
			t.Errorf("the partner uses %v, want both links", got)
		}
		if st := p.a.Status(); !st.Up {
			t.Errorf("Status() = %+v, want up", st)
		}
		start := time.Now()
		p.close(t)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("Close() took %v, want at most 2 s", took)
		}
		close(w.free)
	})
}
