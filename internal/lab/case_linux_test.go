package lab

import (
	"runtime"
	"sync"
	"testing"
)

// caseTB is the test of one case. It ends only that case, and records whether the case failed.
// Processes that the case starts live on for the next one.
type caseTB struct {
	testing.TB
	lenient bool // failures are the peers' and are only logged

	mu     sync.Mutex
	failed bool
}

// do runs the case.
func (c *caseTB) do(run func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		run()
	}()
	<-done
}

func (c *caseTB) Fail() {
	c.mu.Lock()
	c.failed = true
	c.mu.Unlock()
	if !c.lenient {
		c.TB.Fail()
	}
}

func (c *caseTB) FailNow() {
	c.Fail()
	runtime.Goexit()
}

func (c *caseTB) Errorf(format string, args ...any) {
	c.TB.Helper()
	c.TB.Logf(format, args...)
	c.Fail()
}

func (c *caseTB) Error(args ...any) {
	c.TB.Helper()
	c.TB.Log(args...)
	c.Fail()
}

func (c *caseTB) Fatalf(format string, args ...any) {
	c.TB.Helper()
	c.TB.Logf(format, args...)
	c.FailNow()
}

func (c *caseTB) Fatal(args ...any) {
	c.TB.Helper()
	c.TB.Log(args...)
	c.FailNow()
}
