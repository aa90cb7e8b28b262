package waitlist

import (
	"errors"
	"io/fs"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAwaitTriesWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l List
		l.Add("eth0")
		l.Missing(time.Now(), "eth0", fs.ErrNotExist)
		why := fs.ErrNotExist
		var tries atomic.Int32
		arrivals, retry, stop := make(chan struct{}), make(chan struct{}), make(chan struct{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Await(arrivals, retry, stop, func(all bool) ([]string, time.Time) { return l.Due(time.Now(), all) },
				func(name string) { tries.Add(1); l.Missing(time.Now(), name, why) })
		}()
		expect := func(when string, want int32) {
			t.Helper()
			synctest.Wait()
			if got := tries.Load(); got != want {
				t.Errorf("%s: %d tries, want %d", when, got, want)
			}
		}
		expect("at first", 1)
		time.Sleep(time.Minute)
		expect("without an arrival", 1)
		retry <- struct{}{}
		expect("asked again, but not due", 1)
		why = errors.New("busy")
		arrivals <- struct{}{}
		expect("after an arrival", 2)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := tries.Load(); got < 10 {
			t.Errorf("%d tries a minute after it was busy, want it tried again and again", got)
		}
		close(stop)
		<-ended
	})
}
