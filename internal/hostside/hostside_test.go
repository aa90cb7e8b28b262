package hostside_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/hostside"
)

// face is a device that records what is set on it.
type face struct {
	link.Face
	calls []string
	fail  string // the call that fails
}

var errBusy = errors.New("busy")

func (f *face) record(call string) error {
	f.calls = append(f.calls, call)
	if call == f.fail {
		return errBusy
	}
	return nil
}

func (f *face) SetAddresses(a []netip.Prefix) error { return f.record(fmt.Sprint("addresses ", a)) }
func (f *face) SetRoutes(r []link.Route) error      { return f.record(fmt.Sprint("routes ", len(r))) }
func (f *face) SetDescription(s string) error       { return f.record("remark " + s) }

func (f *face) want(t *testing.T, calls ...string) {
	t.Helper()
	if !slices.Equal(f.calls, calls) {
		t.Errorf("calls %q, want %q", f.calls, calls)
	}
}

func side(addr, remark string, routes int) hostside.Side {
	return hostside.Of(&config.Config{Addresses: []netip.Prefix{netip.MustParsePrefix(addr)}, Routes: make([]link.Route, routes), Description: remark})
}

func none(t *testing.T) func(string, error) {
	return func(what string, err error) { t.Errorf("%s not put back: %v, want no failure", what, err) }
}

func TestBeginLeavesTheAddresses(t *testing.T) {
	f := new(face)
	if err := side("192.0.2.1/24", "new", 1).Begin(f); err != nil {
		t.Fatal(err)
	}
	f.want(t, "routes 1", "remark new")
}

func TestChangeSetsAddressesFirst(t *testing.T) {
	f := new(face)
	if err := hostside.Change(f, side("192.0.2.1/24", "old", 0), side("192.0.2.2/24", "new", 1), none(t)); err != nil {
		t.Fatal(err)
	}
	f.want(t, "addresses [192.0.2.2/24]", "routes 1", "remark new")
}

func TestChangeThatFailsIsUndone(t *testing.T) {
	for fail, calls := range map[string][]string{
		"addresses [192.0.2.2/24]": {"addresses [192.0.2.2/24]", "addresses [192.0.2.1/24]", "routes 0"},
		"routes 1":                 {"addresses [192.0.2.2/24]", "routes 1", "addresses [192.0.2.1/24]", "routes 0"},
		"remark new":               {"addresses [192.0.2.2/24]", "routes 1", "remark new", "addresses [192.0.2.1/24]", "routes 0"},
	} {
		f := &face{fail: fail}
		if err := hostside.Change(f, side("192.0.2.1/24", "old", 0), side("192.0.2.2/24", "new", 1), none(t)); !errors.Is(err, errBusy) {
			t.Errorf("Change() = %v with %q failing, want %v", err, fail, errBusy)
		}
		f.want(t, calls...)
	}
}

// Another program may have moved an address to another interface.
func TestChangeOfTheRemarkOnlyPutsTheRestBack(t *testing.T) {
	f := &face{fail: "addresses [192.0.2.1/24]"}
	var failed []string
	err := hostside.Change(f, side("192.0.2.1/24", "old", 1), side("192.0.2.1/24", "new", 1),
		func(what string, err error) { failed = append(failed, what) })
	if err != nil || !slices.Equal(failed, []string{"addresses"}) {
		t.Errorf("Change() = %v, failed %q, want nil and the addresses", err, failed)
	}
	f.want(t, "addresses [192.0.2.1/24]", "routes 1", "remark new")
}

// plain is a device that can have neither routes nor a remark.
type plain struct{ link.Face }

func (plain) SetAddresses([]netip.Prefix) error { return nil }

func TestRoutesNeedADeviceForThem(t *testing.T) {
	var ce *config.Error
	if err := side("192.0.2.1/24", "new", 1).Begin(plain{}); !errors.As(err, &ce) || ce.Field != "Routes" {
		t.Errorf("Begin() = %v, want a config.Error about Routes", err)
	}
	if err := side("192.0.2.1/24", "new", 0).Begin(plain{}); err != nil {
		t.Errorf("Begin() = %v without routes, want nil", err)
	}
}
