package lab

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReload removes a port from a bond and adds it again by SIGHUP while echoes run. None is
// lost, unless the machine is late, and the other link is not disturbed.
func TestReload(t *testing.T) {
	besideOthers(t)
	b, _, all, show := twoLacpd(t)
	other := b.lacpd.status(t).member("p0").Reason.Since
	text, err := os.ReadFile(b.lacpd.config)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(ports string) {
		changed := strings.Replace(string(text), "[p0, p1]", ports, 1)
		if err := os.WriteFile(b.lacpd.config, []byte(changed), 0o600); err != nil {
			t.Error(err)
		}
		b.lacpd.Signal(t, syscall.SIGHUP)
	}
	start := time.Now()
	e := sendEchoes(t, b.near, ourIP, "10.9.0.2", 800, echoInterval, func(i int) {
		switch i {
		case 100:
			rewrite("[p0]")
		case 300:
			rewrite("[p0, p1]")
		}
	})
	if most := lostLate(start); len(e.Lost) > most || e.Duplicate != 0 {
		t.Errorf("lost %v, %d duplicates, want at most %d lost and none twice", e.Lost, e.Duplicate, most)
	}
	await(t, "both ends use both links again", time.Now(), 10*time.Second, all, show)
	if got := b.lacpd.status(t).member("p0").Reason.Since; !got.Equal(other) {
		t.Errorf("the other link was touched at %v", got)
	}
}
