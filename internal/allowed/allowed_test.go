package allowed_test

import (
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/lacp"
)

// refused fails the test unless an error refuses the field.
func refused(t *testing.T, err error, field string) {
	t.Helper()
	var ce *config.Error
	if !errors.As(err, &ce) || ce.Field != field {
		t.Errorf("error %v, want a config.Error about %s", err, field)
	}
}

func TestZeroConfigGetsDefaults(t *testing.T) {
	var c config.Config
	if err := allowed.Config(&c); err != nil {
		t.Fatal(err)
	}
	if c.Name != "bond0" || c.MTU != 1500 || c.Key != 1 || c.PacketsPerMember != 1 || c.FlushTimeout != 20*time.Millisecond || c.Logger == nil {
		t.Errorf("zero Config became %+v, want the defaults", c)
	}
}

func TestConfigRefusesEachField(t *testing.T) {
	for field, c := range map[string]config.Config{
		"Mode":                   {Mode: config.ModeRandom + 1},
		"Rate":                   {Rate: config.RateFast + 1},
		"Reselect":               {Reselect: config.ReselectFailure + 1},
		"MACPolicy":              {MACPolicy: config.MACActive},
		"PacketsPerMember":       {PacketsPerMember: 65536},
		"MinLinks":               {MinLinks: config.MaxLinks + 1},
		"MinLinksDown":           {MinLinks: 1, MinLinksDown: 2},
		"MTU":                    {MTU: config.MaxMTU + 1},
		"UpDelay":                {UpDelay: -1},
		"PortBase":               {PortBase: 65280},
		"Weights":                {Weights: map[string]uint16{"a": 10001}},
		"Keys":                   {Keys: map[string]lacp.Key{"a": 1024}},
		"Rates":                  {Rates: map[string]config.Rate{"a": 2}},
		"Balance":                {Balance: time.Millisecond},
		"NeedsPermission":        {NeedsPermission: true, Plane: struct{ plane.Plane }{}},
		"Hash":                   {Hash: 200},
		"LACP.MaxLinks":          {LACP: config.LACPConfig{MaxLinks: -1}},
		"LACP.Policy":            {LACP: config.LACPConfig{Policy: lacp.PolicyPortPriority + 1}},
		"LACP.TimeoutMultiplier": {LACP: config.LACPConfig{TimeoutMultiplier: 21}},
		"HardwareAddr":           {HardwareAddr: net.HardwareAddr{1, 0, 0, 0, 0, 1}},
		"SystemAddr":             {SystemAddr: net.HardwareAddr{0, 0, 0, 0, 0, 0}},
		"Routes":                 {Routes: []link.Route{{}}},
		"Description":            {Description: "two\nlines"},
	} {
		refused(t, allowed.Config(&c), field)
	}
}

// The maps of a checked configuration are its own.
func TestConfigClonesMaps(t *testing.T) {
	weights := map[string]uint16{"a": 2}
	c := config.Config{Weights: weights}
	if err := allowed.Config(&c); err != nil {
		t.Fatal(err)
	}
	weights["a"] = 3
	if c.Weights["a"] != 2 {
		t.Errorf("weight of a is %d after the caller changed its map, want 2", c.Weights["a"])
	}
}

func TestChangeKeepsWhatIsFixed(t *testing.T) {
	before := config.Config{HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1}}
	if err := allowed.Config(&before); err != nil {
		t.Fatal(err)
	}
	for field, edit := range map[string]func(*config.Config){
		"Name":            func(c *config.Config) { c.Name = "other" },
		"Device":          func(c *config.Config) { c.Device = struct{ link.Face }{} },
		"Plane":           func(c *config.Config) { c.Plane = struct{ plane.Plane }{} },
		"NeedsPermission": func(c *config.Config) { c.NeedsPermission = true },
		"HardwareAddr":    func(c *config.Config) { c.HardwareAddr = nil },
		"MTU":             func(c *config.Config) { c.MTU = 1 },
	} {
		next := before
		edit(&next)
		refused(t, allowed.Change(&before, &next), field)
	}
	next := before
	next.Logger, next.Trace = nil, func(lacp.Transition) {}
	if err := allowed.Change(&before, &next); err != nil || next.Logger != before.Logger || next.Trace != nil {
		t.Errorf("Change() = %v, logger kept: %v, trace kept: %v, want both kept", err, next.Logger == before.Logger, next.Trace == nil)
	}
}

// Another program may have set an MTU on the device that Config does not allow.
func TestChangeTakesThePresentMTU(t *testing.T) {
	before := config.Config{HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1}, MTU: 576}
	next := before
	next.Primary = "a"
	if err := allowed.Change(&before, &next); err != nil || next.MTU != 576 {
		t.Errorf("Change() = %v with MTU %d, want no error and 576", err, next.MTU)
	}
}

func TestLinks(t *testing.T) {
	a, b := linktest.NewCable("a", "x").A, linktest.NewCable("b", "y").A
	present := func(link.Port) bool { return false }
	own := config.Config{HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1}, Primary: "b"}
	if err := allowed.Links(&own, []link.Port{a, b}, present); err != nil {
		t.Errorf("Links(a, b) = %v, want no error", err)
	}
	refused(t, allowed.Links(&own, []link.Port{a}, present), "Primary")
	refused(t, allowed.Links(&own, []link.Port{a, a}, present), "links")
	refused(t, allowed.Links(&own, []link.Port{nil}, present), "links")
	refused(t, allowed.Links(&config.Config{}, nil, present), "links")
	refused(t, allowed.Links(&own, slices.Repeat([]link.Port{a}, config.MaxLinks+1), present), "links")
}

func TestInterface(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("x", 128)} {
		refused(t, allowed.Interface(name), "Interfaces")
	}
	if err := allowed.Interface(strings.Repeat("x", 127)); err != nil {
		t.Errorf("Interface(127 octets) = %v, want no error", err)
	}
}

type face struct{ link.Face }

func (face) Name() string { return "d" }

func TestOpenRefusesInterfaces(t *testing.T) {
	for field, c := range map[string]config.OpenConfig{
		"MTU":        {Config: config.Config{MTU: 1}},
		"Device":     {Config: config.Config{Device: face{}}},
		"Interfaces": {Interfaces: []string{"a", "b", "a"}},
	} {
		refused(t, allowed.Open(&c), field)
	}
	refused(t, allowed.Open(&config.OpenConfig{Interfaces: []string{"bond0"}}), "Interfaces")
	refused(t, allowed.Open(&config.OpenConfig{Interfaces: make([]string, config.MaxLinks+1)}), "Interfaces")
}

// virtual is a link that passes frames on as they are.
type virtual struct{ link.Port }

func (virtual) Virtual() bool { return true }

func TestUnfinished(t *testing.T) {
	wire, veth := linktest.NewCable("a", "x").A, virtual{}
	for mode, want := range map[config.OffloadMode][2]bool{
		config.OffloadAuto: {true, false},
		config.OffloadOn:   {true, true},
		config.OffloadOff:  {false, false},
	} {
		got := [2]bool{allowed.Unfinished(mode, []link.Port{wire}), allowed.Unfinished(mode, []link.Port{wire, veth})}
		if got != want {
			t.Errorf("mode %d: %v on wires and with a virtual link, want %v", mode, got, want)
		}
	}
}

func TestNamedYieldsEachFieldOnce(t *testing.T) {
	c := config.Config{Primary: "p", Keys: map[string]lacp.Key{"k": 1}, Weights: map[string]uint16{"w": 1}}
	want := map[string]string{"Primary": "p", "Keys": "k", "Weights": "w"}
	if got := maps.Collect(allowed.Named(&c)); !maps.Equal(got, want) {
		t.Errorf("Named() = %v, want %v", got, want)
	}
}

// A bond behind another one uses all of its links: their seeds differ.
func TestHasherSeedsFromTheSystem(t *testing.T) {
	c := config.Config{Hash: hash.Flow}
	frame := append(make([]byte, 12), 8, 0, 1, 2, 3, 4, 5, 6, 7, 8)
	one, err := allowed.Hasher(&c, net.HardwareAddr{2, 0, 0, 0, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	other, err := allowed.Hasher(&c, net.HardwareAddr{2, 0, 0, 0, 0, 2})
	if err != nil {
		t.Fatal(err)
	}
	if x, y := one.Sum32(frame), other.Sum32(frame); x == y {
		t.Errorf("both Systems hash a frame to %#x, want two values", x)
	}
	c.Mode = config.ModeSLB
	if got := allowed.Policy(&c); got != hash.VLANSrcMAC {
		t.Errorf("Policy() = %v in ModeSLB, want %v", got, hash.VLANSrcMAC)
	}
}

func TestRefusalNamesTheField(t *testing.T) {
	refused(t, allowed.Refusal(&lacp.FieldError{Field: "Key", Value: "0", Allowed: "1"}, "LACP."), "LACP.Key")
	if other := errors.New("other"); allowed.Refusal(other, "LACP.") != other {
		t.Error("Refusal() changed an error that is not about a field")
	}
}

func TestPortOfAMemberHasItsOwnKeyAndRate(t *testing.T) {
	c := config.Config{Key: 7, Keys: map[string]lacp.Key{"a": 8}, Rates: map[string]config.Rate{"a": config.RateFast},
		PortPriority: map[string]uint16{"b": 9}}
	addr := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	if p := allowed.Port(&c, "a", addr); p.Key != 8 || !p.ShortTimeout || p.Priority != 0 || p.MAC != lacp.MAC(addr) {
		t.Errorf("port of a is %+v, want key 8, short timeout and priority 0", p)
	}
	if p := allowed.Port(&c, "b", addr); p.Key != 7 || p.ShortTimeout || p.Priority != 9 {
		t.Errorf("port of b is %+v, want key 7, long timeout and priority 9", p)
	}
}
