package bond_test

import (
	"encoding/json"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// pause stops the bond.
func (d *deviceBed) pause(t *testing.T) *bond.Handed {
	t.Helper()
	handed, err := d.bond.Pause(t.Context())
	if err != nil {
		t.Fatalf("Pause() = %v, want nil", err)
	}
	t.Cleanup(func() { _ = handed.Close() }) // unless that was done
	return handed
}

// heir opens the bond that handed describes.
func (d *deviceBed) heir(t *testing.T, handed *bond.Handed) *bond.Bond {
	t.Helper()
	cfg := d.cfg
	cfg.Handed = handed
	return openIn(t, d.near, cfg)
}

// handOver hands the bond over to another, as between two processes, and returns how long neither
// read a frame.
func (d *deviceBed) handOver(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	handed := d.pause(t)
	next := d.heir(t, handed)
	if err := handed.Close(); err != nil {
		t.Fatalf("Close() of what was handed over = %v, want nil", err)
	}
	if err := d.bond.Release(); err != nil {
		t.Fatalf("Release() = %v, want nil", err)
	}
	if err := next.Resume(); err != nil {
		t.Fatalf("Resume() = %v, want nil", err)
	}
	d.bond = next
	return time.Since(began)
}

// device returns the device as the host sees it.
func (d *deviceBed) device(t *testing.T) string {
	t.Helper()
	return strings.ReplaceAll(d.near.Run(t, "ip", "-d", "addr", "show", "dev", "bond0"), " tentative", "")
}

// settledViews returns how the partner sees its links, once all carry data at both ends.
func (d *deviceBed) settledViews(t *testing.T) []view {
	t.Helper()
	if d.cfg.Mode == bond.ModeLACP {
		awaitStatus(t, d.partner, "links that carry data at both ends", func(st bond.Status) bool {
			return !slices.ContainsFunc(st.Members, func(m bond.MemberStatus) bool {
				return !m.Carries || !m.LACP.Partner.State.Has(lacp.StateDistributing)
			})
		})
	}
	return views(d.partner)
}

// numbers starts numbered traffic both ways.
func (d *deviceBed) numbers(t *testing.T) (end func()) {
	t.Helper()
	// A busy machine may need more than the usual thousand.
	d.near.Run(t, "ip", "link", "set", "dev", "bond0", "txqueuelen", "10000")
	out := netlab.StartNumbers(t, d.near, d.far, strings.TrimSuffix(farAddr, "/24"), 4, time.Millisecond)
	in := netlab.StartNumbers(t, d.far, d.near, strings.TrimSuffix(nearAddr, "/24"), 4, time.Millisecond)
	return func() {
		t.Helper()
		for way, sent := range map[string]*netlab.Numbered{"out": out, "in": in} {
			n := sent.End()
			if t.Logf("%s: %v", way, n); !n.Clean() {
				t.Errorf("%s: %v, want nothing lost, duplicated or out of order", way, n)
			}
		}
	}
}

func TestHandOverLosesNothing(t *testing.T) {
	for name, cfg := range map[string]bond.OpenConfig{
		"LACP":         {},
		"two queues":   {Queues: 2},
		"ring":         {ReceiveRing: true},
		"failover":     {Config: bond.Config{Mode: bond.ModeFailover}},
		"load balance": {Config: bond.Config{Mode: bond.ModeLoadBalance}},
		"weights":      {Config: bond.Config{Weights: map[string]uint16{"m0": 3}}},
		"up delay":     {Config: bond.Config{UpDelay: time.Minute}},
		"addressed":    {Receive: bond.ReceiveAddressed},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeviceBed(t, cfg)
			end := d.numbers(t)
			before, partner := d.device(t), d.settledViews(t)
			for range 3 {
				t.Logf("handed over in %v", d.handOver(t))
				d.awaitUp(t)
			}
			end()
			if got := d.device(t); got != before {
				t.Errorf("device is\n%s\nwant\n%s", got, before)
			}
			if got := views(d.partner); !slices.Equal(got, partner) {
				t.Errorf("partner sees\n%+v\nwant\n%+v", got, partner)
			}
		})
	}
}

// view is how a partner sees a link, and how often that has changed.
type view struct {
	since  int64 // of the reason, in Unix nanoseconds
	reason lacp.ReasonCode
	other  lacp.Info // the other end's
	counts [5]uint64 // of changes
}

// views returns how a bond sees its links.
func views(b *bond.Bond) (all []view) {
	st := b.Status()
	for i := range st.Members {
		m := &st.Members[i]
		c := &m.LACP.Counters
		all = append(all, view{m.Reason.Since.UnixNano(), m.Reason.Code, m.LACP.Partner,
			[...]uint64{c.PartnerSyncTransitions, c.PartnerChanges, c.Expired, c.Defaulted, c.Flaps}})
	}
	return all
}

// A bond that was paused, and a successor that has given up, leave nothing behind.
func TestPausedBondGoesOn(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{})
	end := d.numbers(t)
	before, partner := d.device(t), d.settledViews(t)
	for range 3 {
		handed := d.pause(t)
		if _, err := d.bond.Pause(t.Context()); err == nil {
			t.Error("Pause() of a paused bond = nil, want an error")
		}
		if err := d.heir(t, handed).Release(); err != nil {
			t.Errorf("Release() of the successor = %v, want nil", err)
		}
		if err := handed.Close(); err != nil {
			t.Errorf("Close() of what was handed over = %v, want nil", err)
		}
		if err := d.bond.Resume(); err != nil {
			t.Errorf("Resume() = %v, want nil", err)
		}
		d.awaitUp(t)
	}
	end()
	if err := d.bond.Resume(); err == nil {
		t.Error("Resume() of a running bond = nil, want an error")
	}
	if err := d.bond.Release(); err == nil {
		t.Error("Release() of a running bond = nil, want an error")
	}
	if got := d.device(t); got != before {
		t.Errorf("device is\n%s\nwant\n%s", got, before)
	}
	if got := views(d.partner); !slices.Equal(got, partner) {
		t.Errorf("partner sees\n%+v\nwant\n%+v", got, partner)
	}
	if err := d.pause(t).Close(); err != nil { // the device lasts as long as a copy of its descriptor
		t.Fatal(err)
	}
	if err := d.bond.Close(); err != nil {
		t.Errorf("Close() of a paused bond = %v, want nil", err)
	}
	d.wantNoDevice(t)
}

// What a bond that was handed over has taken is put back by its successor.
func TestSuccessorRestoresTheInterfaces(t *testing.T) {
	t.Parallel()
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "m0", far, "far0")
	near.Up(t, "m0")
	far.Up(t, "far0")
	near.AddAddr(t, "m0", "198.51.100.1/24")
	near.AwaitUp(t, "m0")
	before := near.Dump(t, "m0")
	d := &deviceBed{near: near, far: far, cfg: bond.OpenConfig{Config: bond.Config{Mode: bond.ModeLoadBalance,
		HardwareAddr: net.HardwareAddr{2, 1, 1, 1, 1, 1}, MTU: 1492}, Interfaces: []string{"m0"}, StateDir: t.TempDir()}}
	d.bond = openIn(t, near, d.cfg)
	if err := d.bond.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		d.handOver(t)
	}
	if err := d.bond.Close(); err != nil {
		t.Fatalf("Close() = %v, want nil", err)
	}
	if diff := before.Diff(near.Dump(t, "m0")); diff != "" {
		t.Errorf("m0 is not as it was found:\n%s", diff)
	}
}

// A bond that lacks a member, has a drained one and a gate has them in the next process too.
func TestHandOverKeepsWhatWasSetByHand(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeLoadBalance}})
	for _, err := range []error{d.bond.AddInterface("later"), d.bond.Drain("m1", true), d.bond.SetGate("later", "probe", lacp.GateSynchronization)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d.handOver(t)
	st := d.bond.Status()
	if got := missing(st); !slices.Equal(got, []string{"later"}) || len(st.Members) != 2 || !st.Members[0].Carries || st.Members[1].Carries {
		t.Errorf("status %+v, want m0, the drained m1, and later missing", st)
	}
	netlab.Pair(t, d.near, "later", d.far, "later")
	d.near.Up(t, "later")
	d.far.Up(t, "later")
	awaitStatus(t, d.bond, "the third member, held out by its gate", func(st bond.Status) bool {
		return len(st.Members) == 3 && st.Members[2].Reason.Code == lacp.ReasonGateHold && st.Members[2].ID == 2
	})
}

func TestHandOverInTheMiddleOfForming(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{})
	d.far.Down(t, "far1")
	awaitStatus(t, d.bond, "one member", func(st bond.Status) bool { return !st.Members[1].Carries })
	d.far.Up(t, "far1")
	for range 3 {
		d.handOver(t)
	}
	awaitStatus(t, d.bond, "both members", func(st bond.Status) bool { return st.Members[0].Carries && st.Members[1].Carries })
	awaitStatus(t, d.partner, "both members", func(st bond.Status) bool { return st.Members[0].Carries && st.Members[1].Carries })
}

func TestHandOverLeaksNothing(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{})
	d.handOver(t)
	before := netlab.Held(t)
	for range 20 {
		d.handOver(t)
	}
	// Other tests run at the same time. Each handover opens more than 17 descriptors.
	if got := netlab.Held(t); got.Descriptors >= before.Descriptors+200 || got.Goroutines >= before.Goroutines+200 {
		t.Errorf("%+v held after 20 handovers, want about %+v", got, before)
	}
}

func TestHandedIsChecked(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{})
	handed := d.pause(t)
	var state map[string]any
	if err := json.Unmarshal(handed.State, &state); err != nil {
		t.Fatal(err)
	}
	with := func(key string, value any) (b []byte) {
		changed := make(map[string]any)
		for k, v := range state {
			changed[k] = v
		}
		changed[key] = value
		b, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, h := range map[string]bond.Handed{
		"no state":                 {},
		"another version":          {State: with("version", bond.HandedVersion+1), Files: handed.Files},
		"another name":             {State: with("name", "bond1"), Files: handed.Files},
		"another mode":             {State: with("mode", "FAILOVER"), Files: handed.Files},
		"no descriptors":           {State: handed.State},
		"one descriptor too few":   {State: handed.State, Files: handed.Files[:len(handed.Files)-1]},
		"descriptors in disorder":  {State: handed.State, Files: append(slices.Clone(handed.Files[1:]), handed.Files[0])},
		"no device":                {State: with("device", nil), Files: handed.Files},
		"a bad address":            {State: with("addr", "AAAAAAAA"), Files: handed.Files},
		"members that are another": {State: with("members", []any{map[string]any{"name": "m0", "link": map[string]any{"state": map[string]any{}, "from": -1, "count": 1 << 40}}}), Files: handed.Files},
	} {
		cfg := d.cfg
		cfg.Handed = &h
		d.near.Must(t, func() error {
			if b, err := bond.Open(cfg); err == nil {
				t.Errorf("%s: Open() = nil, want an error", name)
				return b.Release()
			}
			return nil
		})
	}
	if err := d.bond.Resume(); err != nil {
		t.Fatalf("Resume() = %v, want nil", err)
	}
	d.awaitUp(t)
}

// Only a bond that Open made, with a plane that can pause, can be handed over.
func TestPauseIsRefused(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeLoadBalance}})
	cfg := d.cfg
	cfg.Name, cfg.Interfaces, cfg.Addresses, cfg.NoDevice, cfg.Plane = "bond1", []string{"other"}, nil, true, new(plane.None)
	b := openIn(t, d.near, cfg)
	if _, err := b.Pause(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Pause() of a bond without a data plane = %v, want %v", err, errors.ErrUnsupported)
	}
	d.near.Delete(t, "bond0")
	if _, err := d.bond.Pause(t.Context()); err == nil {
		if err := d.bond.Resume(); err != nil { // it was made again by then
			t.Error(err)
		}
	}
	if !d.bond.Status().Up && d.bond.Status().Device.State == bond.DeviceUp {
		t.Errorf("status %+v, want one with a path or without a device", d.bond.Status())
	}
	if err := d.bond.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.bond.Pause(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Pause() after Close = %v, want %v", err, net.ErrClosed)
	}
}
