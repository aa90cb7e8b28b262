package netif

import (
	"errors"
	"os"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestWatchReportsAnInterface follows an interface that no link or device has opened, until it
// is deleted. It is the only one that may.
func TestWatchReportsAnInterface(t *testing.T) {
	t.Parallel()
	a, b := netlab.New(t), netlab.New(t)
	netlab.Pair(t, a, "wa", b, "wb")
	b.Up(t, "wb")
	var ns *Namespace
	a.Must(t, func() (err error) {
		ns, err = CurrentNamespace()
		return err
	})
	t.Cleanup(func() { ns.Close() })
	w, err := ns.watch(a.Index(t, "wa"), "wa")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	var owned *OwnedError
	if _, err := ns.watch(a.Index(t, "wa"), "wa"); !errors.As(err, &owned) || owned.PID != os.Getpid() {
		t.Errorf("a second watch: error %v, want an OwnedError about this process", err)
	}
	netlab.NextState(t, w, "down", func(st link.State) bool { return st.AdminDown && !st.Up })
	a.Up(t, "wa")
	netlab.NextState(t, w, "up", func(st link.State) bool { return !st.AdminDown && st.Up })
	a.Delete(t, "wa")
	netlab.NextState(t, w, "removed", func(st link.State) bool { return st.Removed })
	if _, err := ns.watch(1<<30, "none"); err == nil {
		t.Error("watch of an interface that does not exist: no error")
	}
}
