package lab

import (
	"strings"
	"testing"
	"time"
)

func TestGuestBoots(t *testing.T) {
	needLong(t)
	img := needGuest(t)
	start := time.Now()
	g := startGuest(t, img, 1, 2, nil)
	t.Logf("kernel %s booted within %v, image included", img.version, time.Since(start))
	if got := g.run(t, "ip", "-o", "link", "show"); !strings.Contains(got, "eth0") || !strings.Contains(got, guestMAC(1, 1)) {
		t.Errorf("interfaces of the guest:\n%s", got)
	}
	if got := g.read(t, "/proc/version"); !strings.Contains(got, img.version) {
		t.Errorf("the guest runs %q, want %s", got, img.version)
	}
}
