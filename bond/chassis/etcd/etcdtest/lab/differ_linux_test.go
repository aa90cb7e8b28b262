package lab

import (
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/internal/netlab"
)

// standsBy fails the test unless a box that differs from the active one stands by, reports why on each
// link, is given nothing, and does no harm.
func (b *bed) standsBy(one, active *box, epoch uint64, words ...string) {
	b.t.Helper()
	b.await(string(one.id)+" that stands by and reports "+strings.Join(words, ", "), func() bool {
		st := one.status()
		if len(st.Links) != len(one.ports) || st.Left != 0 {
			return false
		}
		for _, link := range st.Links {
			for _, w := range words {
				if !strings.Contains(link.Reason, w) {
					return false
				}
			}
		}
		return true
	})
	b.t.Logf("%s: %s; %v", one.id, one.status().Links[0].Reason, one.status().Differences)
	start := time.Now()
	v := b.run(time.Second, func() {
		if _, err := active.order(order{Do: "handover", To: one.id}); err == nil {
			b.t.Errorf("%s gives the LAG to %s, which differs", active.id, one.id)
		}
	})
	b.unharmed(v, active, start)
	b.still(active, epoch)
}

// A box that starts with another setting stands by, and takes its part once it has the same.
func TestSettingsDiffer(t *testing.T) {
	needLong(t)
	b := newBed(t, options{hold: calm})
	a, other := b.boxes[0], b.boxes[1]
	epoch := a.status().Epoch
	other.stop()
	other.cfg.Settings = map[string]string{"mtu": "9000"}
	other.start()
	b.awaitReady(a) // a setting that only one has is not compared
	b.still(a, epoch)

	a.cfg.Settings = map[string]string{"mtu": "1500"}
	a.stop()
	b.awaitActive(other)
	epoch = other.status().Epoch
	a.start()
	b.standsBy(a, other, epoch, "ChassisDiffers", "mtu 1500", "mtu 9000", string(other.id))
	a.stop()
	a.cfg.Settings = other.cfg.Settings
	a.start()
	b.awaitReady(other)
	b.still(other, epoch)
}

// A box does not start whose name or number belongs to another one, as those of boxes of one image do.
// The running one goes on.
func TestNamesAndNumbersCollide(t *testing.T) {
	needLong(t)
	b := newBed(t, options{hold: calm})
	a, other := b.boxes[0], b.boxes[1]
	epoch := a.status().Epoch
	own := other.cfg
	other.stop()
	for _, c := range []struct {
		what  string
		cfg   func(*boxConfig)
		words []string
	}{
		{"number", func(c *boxConfig) { c.Number = a.cfg.Number }, []string{"number 1 for B belongs to A"}},
		{"name", func(c *boxConfig) { c.Name, c.Number, c.Peers = a.cfg.Name, a.cfg.Number, a.cfg.Peers }, []string{"name A of box", "belongs to box"}},
	} {
		other.cfg = own
		c.cfg(&other.cfg)
		start := time.Now()
		v := b.run(time.Second, func() {
			other.launch()
			l := other.life()
			select {
			case <-l.Done:
			case <-time.After(netlab.Patience):
				t.Fatalf("the box runs with the %s of another one", c.what)
			}
			for _, w := range c.words {
				if text := l.Log.String(); !strings.Contains(text, w) {
					t.Errorf("log of the second box:\n%s\nwant one with %q", text, w)
				}
			}
		})
		b.unharmed(v, a, start)
		b.still(a, epoch)
	}
	other.cfg = own
	other.start()
	b.awaitReady(a)
}

// The cables of the standby box are plugged into another LAG of the switch.
func TestDifferentPartners(t *testing.T) {
	needLong(t)
	b := newBed(t, options{hold: calm})
	a, other := b.boxes[0], b.boxes[1]
	other.stop()
	var args []string
	for _, name := range other.far {
		args = append(args, "del-bond-iface", "lag0", name, "--")
	}
	b.ovs.Set(t, append(args, switchBond("lag1", other.far, "other_config:lacp-time=fast", `other_config:lacp-system-id="0a:00:00:00:09:33"`)...)...)
	b.awaitActive(a) // the switch makes its bond again
	epoch := a.status().Epoch
	other.start()
	b.standsBy(other, a, epoch, "DifferentPartner", "0a:00:00:00:09:33", switchMAC)
}

// An operator who has fencing of another kind may want a box that is cut off from all to go on.
func TestIsolatedBoxHolds(t *testing.T) {
	needLong(t)
	b := newBed(t, options{hold: calm, onIsolation: chassis.IsolationHold})
	a := b.boxes[0]
	epoch := a.status().Epoch
	start := time.Now()
	v := b.run(3*time.Second, func() {
		b.etcd.kill()
		b.boxes[1].kill()
	})
	t.Log(v)
	b.unharmed(v, a, start)
	b.etcd.revive()
	b.etcd.awaitQuorum()
	b.awaitActive(a)
	b.still(a, epoch)
}
