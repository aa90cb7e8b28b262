package main

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// call carries out a command of the socket. The result is as a client gets it, in JSON.
func (b *bench) call(t *testing.T, name, args string) (result string, refused *control.Error) {
	t.Helper()
	for _, c := range b.commands() {
		if c.Name != name {
			continue
		}
		got, err := c.Run(t.Context(), control.NewCall(control.Peer{UID: 7, PID: 8}, []byte(args)))
		synctest.Wait()
		if err != nil && !errors.As(err, &refused) {
			var ce *bond.ConfigError
			if !errors.As(err, &ce) {
				t.Fatalf("%s %s: %v", name, args, err)
			}
			refused = control.Refused(ce.Field, ce.Value, ce.Allowed)
		}
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw), refused
	}
	t.Fatalf("no command %s", name)
	return "", nil
}

// must carries out a command that must succeed.
func (b *bench) must(t *testing.T, name, args, want string) {
	t.Helper()
	if got, err := b.call(t, name, args); err != nil || got != want {
		t.Errorf("%s %s: got %s, %v, want %s", name, args, got, err, want)
	}
}

// refuses carries out a command that must be refused.
func (b *bench) wantRefused(t *testing.T, name, args, field, allowed string) {
	t.Helper()
	if got, err := b.call(t, name, args); err == nil || err.Kind != control.KindRefused || err.Field != field || !strings.Contains(err.Allowed, allowed) {
		t.Errorf("%s %s: got %s, %+v, want %s refused, allowed: %s", name, args, got, err, field, allowed)
	}
}

func TestDrainFindsTheBondOfAMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		b.must(t, "drain", `{"member":"eth3","drained":true}`, `{"bond":"b","member":"eth3","drained":true}`)
		b.must(t, "drain", `{"bond":"a","member":"eth1","drained":true}`, `{"bond":"a","member":"eth1","drained":true}`)
		b.must(t, "drain", `{"bond":"a","member":"eth1","drained":false}`, `{"bond":"a","member":"eth1","drained":false}`)
		if !b.opened("b").drained["eth3"] || b.opened("a").drained["eth1"] {
			t.Errorf("drained are %v and %v, want eth3 alone", b.opened("a").drained, b.opened("b").drained)
		}
		b.wantRefused(t, "drain", `{"member":"eth9","drained":true}`, "member", "eth1, eth2, eth3")
		b.wantRefused(t, "drain", `{"bond":"a","member":"eth3","drained":true}`, "member", "eth1, eth2")
		b.wantRefused(t, "drain", `{"bond":"c","member":"eth3"}`, "bond", "a, b")
		if want := `level=INFO msg="member drained" uid=7 pid=8 bond=b member=eth3`; !strings.Contains(b.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, &b.log)
		}
	})
}

func TestGateIsSetForPresentAndFutureMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		b.must(t, "gate", `{"bond":"a","member":"eth1","gate":"macsec","state":"closed"}`, `{"bond":"a","member":"eth1","gate":"macsec","state":"closed"}`)
		b.must(t, "gate", `{"bond":"a","member":"usb0","gate":"bfd","state":"distributing"}`, `{"bond":"a","member":"usb0","gate":"bfd","state":"distributing"}`)
		want := map[string]lacp.Gate{"eth1 macsec": lacp.GateSynchronization, "usb0 bfd": lacp.GateDistributing}
		if got := b.opened("a").gates; !maps.Equal(got, want) {
			t.Errorf("gates are %v, want %v", got, want)
		}
		b.wantRefused(t, "gate", `{"bond":"a","member":"eth1","gate":"macsec","state":"ajar"}`, "state", "open, closed or distributing")
		b.wantRefused(t, "gate", `{"bond":"a","member":"a b","gate":"macsec","state":"open"}`, "member", "printable")
		b.wantRefused(t, "gate", `{"bond":"a","member":"eth1","gate":"","state":"open"}`, "gate", "a name")
	})
}

// TestAddAndRemoveLastUntilTheNextReload checks that a removed port stays out although lacpd
// retries other things, and that the file decides again at a reload.
func TestAddAndRemoveLastUntilTheNextReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		a := b.opened("a")
		b.must(t, "add", `{"bond":"a","member":"eth4"}`, `{"bond":"a","member":"eth4"}`)
		b.must(t, "remove", `{"bond":"a","member":"eth1"}`, `{"bond":"a","member":"eth1"}`)
		want := []string{"eth2", "eth4"}
		if !slices.Equal(a.cfg.Interfaces, want) {
			t.Errorf("members are %q, want %q", a.cfg.Interfaces, want)
		}
		a.setErr = errors.New("busy")
		if _, err := b.carryOut(t.Context(), func() (any, error) {
			m, err := b.find("a")
			m.stale = true
			b.note(&m, errors.New("busy"))
			b.replace(m)
			return nil, err
		}); err != nil {
			t.Fatal(err)
		}
		b.sleep(2 * time.Second)
		a.setErr = nil
		b.sleep(5 * time.Second)
		if v := b.bond("a"); v.Fault != nil || !slices.Equal(a.cfg.Interfaces, want) {
			t.Errorf("after another try members are %q, fault %+v, want %q", a.cfg.Interfaces, v.Fault, want)
		}
		b.must(t, "add", `{"bond":"a","member":"eth1"}`, `{"bond":"a","member":"eth1"}`)
		b.must(t, "remove", `{"bond":"a","member":"eth2"}`, `{"bond":"a","member":"eth2"}`)
		b.reloadWith(t, twoBonds)
		if got := slices.Sorted(slices.Values(a.cfg.Interfaces)); !slices.Equal(got, []string{"eth1", "eth2"}) {
			t.Errorf("after a reload members are %q, want those of the file", got)
		}
	})
}

func TestAddRefusesWhatTheFileMayNotHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.host.refused["eth4"] = &bond.LinkError{Name: "eth4", Field: "Name", Allowed: "an interface that is no port of another"}
		b.run(t)
		b.wantRefused(t, "add", `{"bond":"a","member":"eth1"}`, "member", "no member yet")
		b.wantRefused(t, "add", `{"bond":"a","member":"eth3"}`, "ports", "each interface once")
		b.wantRefused(t, "add", `{"bond":"a","member":"b"}`, "ports", "an Ethernet interface, no bond")
		b.wantRefused(t, "add", `{"bond":"a","member":"eth4"}`, "member", "no port of another")
		b.wantRefused(t, "add", `{"bond":"a","member":"x/y"}`, "member", "without space or /")
		b.wantRefused(t, "remove", `{"bond":"a","member":"eth3"}`, "member", "eth1, eth2")
		if a := b.opened("a"); len(a.adds)+len(a.removed) > 0 {
			t.Errorf("added %q, removed %q, want nothing touched", a.adds, a.removed)
		}
	})
}

func TestSetChangesAllKeysOrNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		a := b.opened("a")
		b.must(t, "set", `{"bond":"a","keys":[{"key":"mtu","value":"9000"},{"key":"admin_down","value":"true"}]}`,
			`{"bond":"a","changed":[{"key":"mtu","from":"1500","to":"9000","traffic":"interrupted"},{"key":"admin_down","from":"false","to":"true","traffic":"interrupted"}]}`)
		if a.cfg.MTU != 9000 || !a.cfg.AdminDown || a.sets != 1 {
			t.Errorf("MTU %d, down %v after %d changes, want 9000, true after one", a.cfg.MTU, a.cfg.AdminDown, a.sets)
		}
		b.wantRefused(t, "set", `{"bond":"a","keys":[{"key":"updelay","value":"100"},{"key":"mtu","value":"1"}]}`, "mtu", "1492 to 9216")
		b.wantRefused(t, "set", `{"bond":"a","keys":[{"key":"min_links","value":"3"}]}`, "min_links", "at most the number of ports")
		b.wantRefused(t, "set", `{"bond":"a","keys":[{"key":"name","value":"c"}]}`, "name", "the same")
		b.wantRefused(t, "set", `{"bond":"a","keys":[{"key":"queues","value":"4"}]}`, "queues", "start lacpd again")
		b.wantRefused(t, "set", `{"bond":"a","keys":[{"key":"ports","value":"[eth1]"}]}`, "ports", "add and remove")
		b.wantRefused(t, "set", `{"bond":"a","keys":[{"key":"colour","value":"red"}]}`, "colour", "no such key")
		b.wantRefused(t, "set", `{"bond":"a","keys":[]}`, "keys", "at least one")
		b.wantRefused(t, "set", `{"bond":"a","keys":[{"key":"protocol","value":"FAILOVER"}]}`, "protocol", "allow_replace")
		a.setErr = &bond.ConfigError{Field: "UpDelay", Value: "1", Allowed: "0"}
		b.wantRefused(t, "set", `{"bond":"a","keys":[{"key":"updelay","value":"100"}]}`, "UpDelay", "0")
		a.setErr = nil
		if a.cfg.UpDelay != 0 || a.cfg.MTU != 9000 {
			t.Errorf("updelay %v, MTU %d, want what it was", a.cfg.UpDelay, a.cfg.MTU)
		}
		b.must(t, "set", `{"bond":"a","keys":[{"key":"mtu","value":""}]}`,
			`{"bond":"a","changed":[{"key":"mtu","from":"9000","to":"1500","traffic":"interrupted"}]}`)
		b.reloadWith(t, twoBonds)
		if a.cfg.AdminDown {
			t.Error("the bond is still down after a reload, want what the file says")
		}
	})
}

func TestDiffTellsWhatAReloadWouldDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		diff := func(text string) string {
			t.Helper()
			args, err := json.Marshal(applyArgs{File: "f", Text: text})
			if err != nil {
				t.Fatal(err)
			}
			got, refused := b.call(t, "diff", string(args))
			if refused != nil {
				t.Fatal(refused)
			}
			var r diffResult
			if err := json.Unmarshal([]byte(got), &r); err != nil {
				t.Fatal(err)
			}
			return changesText(r.Changes)
		}
		for _, tt := range []struct{ text, want string }{
			{twoBonds, ""},
			{"bonds:\n- {ports: [eth2, eth1], name: a, mtu: 1500}\n- {name: b, ports: eth3}\n", ""},
			{"bonds:\n- {name: a, ports: [eth1, eth4], mtu: 9000, description: x, queues: 2}\n- {name: c, ports: [eth2]}\n",
				"a: changes, traffic: interrupted\n  + member eth4\n  - member eth2\n  description from nothing to x\n  mtu from 1500 to 9000 (traffic: interrupted)\n" +
					"  queues from 1 to 2 (not before lacpd starts again)\nc: is new, traffic: none\n  + member eth2\nb: goes, traffic: interrupted\n  - member eth3\n"},
			{"bonds:\n- {name: a, ports: [eth1, eth2], data_plane: ebpf}\n- {name: b, ports: [eth3]}\n",
				"a: is closed and opened again, traffic: interrupted\n  data_plane from user to ebpf (traffic: interrupted)\n"},
		} {
			if got := diff(tt.text); got != tt.want {
				t.Errorf("%s: got\n%s\nwant\n%s", tt.text, got, tt.want)
			}
		}
		if a := b.opened("a"); a.sets != 0 || len(b.host.opened) != 2 {
			t.Errorf("diff changed something: %d settings, %d bonds", a.sets, len(b.host.opened))
		}
		b.wantRefused(t, "diff", `{"file":"f","text":"bonds: []"}`, "bonds", "a list")
	})
}

// TestWatchFollowsBondsThatComeAndGo checks that a watcher gets the events of all bonds, those
// that come later too, and of the daemon itself.
func TestWatchFollowsBondsThatComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		var got []string
		events := make(chan view.Event)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- b.watch(ctx, control.NewCall(control.Peer{}, nil), func(e any) { events <- e.(view.Event) })
		}()
		next := func() {
			e := <-events
			got = append(got, strings.TrimSpace(e.Bond+" "+e.Kind+" "+e.Member))
		}
		next()
		next() // a and b, in any order
		slices.Sort(got)
		b.opened("a").events <- bond.Event{Kind: bond.EventMember, Member: "eth1", Reason: lacp.Reason{Code: lacp.ReasonExpired}}
		next()
		go b.reloadWithout(t, "bonds:\n- {name: a, ports: [eth1, eth2]}\n- {name: c, ports: [eth4]}\n")
		next()
		next()
		slices.Sort(got[3:])
		if want := []string{"a Opened", "b Opened", "a Member eth1", "b Closed", "c Opened"}; !slices.Equal(got, want) {
			t.Errorf("events are %q, want %q", got, want)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("watch ends with %v, want nil", err)
		}
		err := b.watch(t.Context(), control.NewCall(control.Peer{}, []byte(`{"bond":"x"}`)), nil)
		var refused *control.Error
		if !errors.As(err, &refused) || refused.Field != "bond" {
			t.Errorf("watch of an unknown bond: %v, want it refused", err)
		}
	})
}

// reloadWithout is reloadWith that does not wait until all is done.
func (b *bench) reloadWithout(t *testing.T, text string) {
	if err := os.WriteFile(b.file, []byte(text), 0o600); err != nil {
		t.Error(err)
	}
	b.hup <- os.Interrupt
}

// TestMissingMemberIsRefused checks the commands that need a member that is there.
func TestMissingMemberIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		b.opened("a").missing = []bond.MissingMember{{Name: "eth9"}}
		for _, command := range []string{"history", "drain"} {
			b.wantRefused(t, command, `{"member":"eth9"}`, "member", "this one is missing")
		}
	})
}
