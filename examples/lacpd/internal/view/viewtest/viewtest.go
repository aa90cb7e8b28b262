// Package viewtest makes the status of bonds in memory, for tests of what reads it.
package viewtest

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/hash"
)

// Ports are the names of the members of each bond of [Status].
var Ports = []string{"eth1", "eth2", "eth3"}

// Status returns the status of bonds that have run for ten seconds of virtual time, each with
// the members Ports. After five seconds the last has lost its link, and then each bond has sent
// 100 frames to different stations:
//
//   - bond0, LACP with its partner, the active part of a LAG of two boxes,
//   - bond1, FAILOVER with primary eth2,
//   - bond2, LOADBALANCE,
//   - bond3, LACP without a partner, so its frames were dropped,
//   - bond4, which could not be opened.
func Status(t *testing.T) *view.Status {
	t.Helper()
	s := new(view.Status)
	synctest.Test(t, func(t *testing.T) {
		bonds := []*running{
			start(t, bond.Config{Name: "bond0", Rate: bond.RateFast, MinLinks: 1}, &bond.Config{Passive: true, SystemPriority: 100}),
			start(t, bond.Config{Name: "bond1", Mode: bond.ModeFailover, Primary: "eth2"}, nil),
			start(t, bond.Config{Name: "bond2", Mode: bond.ModeLoadBalance, Hash: hash.Layer2}, nil),
			start(t, bond.Config{Name: "bond3"}, nil),
		}
		time.Sleep(5 * time.Second)
		for _, b := range bonds {
			b.last.SetUp(false)
		}
		time.Sleep(5 * time.Second)
		for _, b := range bonds {
			b.send()
		}
		synctest.Wait()
		for _, b := range bonds {
			s.Bonds = append(s.Bonds, b.view())
		}
		s.Bonds = append(s.Bonds, view.Bond{Name: "bond4", Mode: "LACP", Cause: "not open: eth8: the interface has IP addresses", Members: []view.Member{}, Absent: view.Absent{Removed: []view.Removed{},
			Missing: []view.Missing{{Name: "eth9", Why: "there is no such interface", Since: time.Now()}}},
			Fault: &view.Fault{Error: "eth8: the interface has IP addresses", Since: time.Now(), NextTry: time.Now().Add(time.Minute)}})
	})
	heard, contact := 12, 41
	s.Chassis = &view.Chassis{Group: "nas1", Name: "head-a", Number: 1, Hold: 1000, Joined: true,
		Store: &view.Store{Members: 3, Answering: 3, Answers: true, Contact: &contact, Latency: 1200}}
	s.Bonds[0].LAG = &view.LAG{
		Name: "uplink", Mode: view.ModeStandby, Role: view.RoleActive, Active: "head-a", Epoch: 4711, Left: 459, Source: view.SourceStore, Score: 2, Ready: true, TakeoverMS: 1700,
		Boxes: []view.Box{
			{Name: "head-a", Number: 1, Self: true, Able: true, Score: 2, Links: 2, Ports: []int{4097, 4098}, Partner: "8000,00:1c:73:00:00:01 key 12"},
			{Name: "head-b", Number: 2, Able: true, Score: 2, Links: 2, Ports: []int{8193, 8194}, Partner: "8000,00:1c:73:00:00:01 key 12", Heard: &heard},
		},
		Differences: []view.Discrepancy{},
	}
	return s
}

// running is a bond of [Status].
type running struct {
	*bond.Bond
	cfg  bond.Config
	last *linktest.Cable
}

// start makes a bond, and its partner if there is one.
func start(t *testing.T, c bond.Config, partner *bond.Config) *running {
	t.Helper()
	r := &running{cfg: c}
	var near, far []link.Port
	for i, name := range Ports {
		r.last = linktest.NewCable(name, fmt.Sprintf("far%d", i+1))
		near, far = append(near, r.last.A), append(far, r.last.B)
	}
	r.Bond = open(t, c, near)
	if partner != nil {
		open(t, *partner, far)
	}
	return r
}

func (r *running) send() {
	for i := range 100 {
		frame := []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x88\xb5a frame")
		frame[5] = byte(i)
		_ = r.Send(frame) // a bond that is down drops it
	}
}

func (r *running) view() view.Bond {
	v := view.Of(r.Status())
	v.DataPlane.Name = "user"
	v.MinLinks = r.cfg.MinLinks
	v.Settings = view.Settings{Select: "stable", Fallback: "none", Primary: r.cfg.Primary, Reselect: r.cfg.Reselect.String(), MACPolicy: "ALL"}
	v.Cause = view.Cause(&v)
	return v
}

// open makes a bond that the end of the test closes.
func open(t *testing.T, c bond.Config, links []link.Port) *bond.Bond {
	t.Helper()
	b, err := bond.New(c, links...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}
