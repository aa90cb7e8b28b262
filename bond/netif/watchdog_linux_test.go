package netif

import (
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// watchdogEnv makes the test program a watchdog; its value is the patience.
const watchdogEnv = "NETIF_WATCHDOG"

func TestWatchdogChild(t *testing.T) {
	patience, err := time.ParseDuration(os.Getenv(watchdogEnv))
	if err != nil {
		t.Skip("only runs as a child of the tests of the watchdog")
	}
	if _, err := GuardMembers(os.Stdin, os.Stdout, patience); err != nil {
		t.Error(err)
	}
}

// startWatchdog starts a watchdog in the near namespace of a cable, which guards the near end.
func startWatchdog(t *testing.T, c *cable, patience time.Duration) *Watchdog {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestWatchdogChild$")
	cmd.Env = append(os.Environ(), watchdogEnv+"="+patience.String())
	var w *Watchdog
	c.near.Must(t, func() (err error) {
		w, err = StartWatchdog(cmd)
		return err
	})
	if err := w.Guard(nearName, "none0"); err != nil {
		t.Fatal(err)
	}
	return w
}

// awaitDown waits until the far end has no carrier, and returns after how long.
func (c *cable) awaitDown(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	for c.far.Interface(t, farName).Flags&net.FlagRunning != 0 {
		if time.Since(began) > time.Minute {
			t.Fatal("the far end has carrier for a minute after the end")
		}
		<-time.After(time.Millisecond)
	}
	return time.Since(began)
}

// The process ends without a word: the partner loses its carrier.
func TestWatchdogTakesCarrierAway(t *testing.T) {
	c := layCable(t)
	w := startWatchdog(t, c, 0)
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil { // may hit the group of both
		t.Fatal(err)
	}
	if err := w.Alive(); err != nil {
		t.Fatal(err)
	}
	if err := w.orders.Close(); err != nil { // as the kernel does when this process ends
		t.Fatal(err)
	}
	t.Logf("the far end lost its carrier after %v", c.awaitDown(t))
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("the watchdog: %v", err)
	}
}

// A program that is no watchdog is refused.
func TestNoWatchdog(t *testing.T) {
	for _, cmd := range []*exec.Cmd{exec.Command("/bin/echo", "hello"), exec.Command("/bin/true"), exec.Command("/no/such/program")} {
		if _, err := StartWatchdog(cmd); err == nil {
			t.Errorf("%v: no error", cmd)
		}
	}
}

func TestWatchdogIsDismissed(t *testing.T) {
	c := layCable(t)
	w := startWatchdog(t, c, 0)
	if err := w.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := w.Alive(); err == nil {
		t.Error("an order to a watchdog that has ended gives no error")
	}
	c.near.AwaitUp(t, nearName)
	c.far.AwaitUp(t, farName)
}

// The process hangs: it is alive but sends nothing. Then it goes on.
func TestWatchdogLosesPatience(t *testing.T) {
	c := layCable(t)
	const patience = 300 * time.Millisecond
	w := startWatchdog(t, c, patience)
	for range 6 {
		if err := w.Alive(); err != nil {
			t.Fatal(err)
		}
		<-time.After(patience / 6)
	}
	c.awaitDown(t)
	if err := w.Alive(); err != nil {
		t.Fatal(err)
	}
	c.near.AwaitUp(t, nearName)
	c.far.AwaitUp(t, farName)
	c.awaitDown(t)
	if err := w.Close(); err != nil {
		t.Errorf("the watchdog: %v", err)
	}
	c.far.AwaitUp(t, farName) // Close leaves no member down
}
