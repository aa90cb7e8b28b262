package handing_test

import (
	"encoding/json"
	"errors"
	"net"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/handing"
	"github.com/lagkit/lagkit/lacp"
)

// sample is a bond with one member and no device.
func sample() *handing.Bond {
	saved, _ := (&lacp.Saved{}).MarshalBinary()
	return &handing.Bond{
		Version: handing.Version, Name: "b", Addr: net.HardwareAddr{2, 0, 0, 0, 0, 1}, System: net.HardwareAddr{2, 0, 0, 0, 0, 2},
		MTU: 1600, Description: "remark", LACP: saved,
		Members: []handing.Member{{Name: "m0", Link: &handing.Part{State: json.RawMessage("{}"), Count: 2}}, {Name: "m1"}},
	}
}

// configFor is a configuration that a bond is handed over to, with two descriptors.
func configFor(t *testing.T, s *handing.Bond) *config.OpenConfig {
	t.Helper()
	state, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return &config.OpenConfig{Config: config.Config{Name: "b"}, NoDevice: true, Handed: &link.Handed{State: state, Files: []int{7, 8}}}
}

func TestReadConfigures(t *testing.T) {
	cfg := configFor(t, sample())
	s, err := handing.Read(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.MTU != 1600 || cfg.HardwareAddr.String() != "02:00:00:00:00:01" || cfg.Description != "remark" || cfg.Restore == nil {
		t.Errorf("configuration %+v, want that of the process before", cfg.Config)
	}
	if len(s.Members) != 2 || s.Members[0].Name != "m0" {
		t.Errorf("members %+v, want m0 and m1", s.Members)
	}
}

func TestReadRefuses(t *testing.T) {
	for field, edit := range map[string]func(*handing.Bond){
		"Handed":   func(s *handing.Bond) { s.Version++ },
		"Name":     func(s *handing.Bond) { s.Name = "other" },
		"Mode":     func(s *handing.Bond) { s.Mode = config.ModeSLB },
		"NoDevice": func(s *handing.Bond) { s.Device = new(handing.Part) },
	} {
		s := sample()
		edit(s)
		refused(t, configFor(t, s), field)
	}
	for _, edit := range []func(*handing.Bond){
		func(s *handing.Bond) { s.Addr = nil },
		func(s *handing.Bond) { s.System = net.HardwareAddr{1, 0, 0, 0, 0, 0} },
		func(s *handing.Bond) { s.Members = make([]handing.Member, config.MaxLinks+1) },
	} {
		s := sample()
		edit(s)
		refused(t, configFor(t, s), "Handed")
	}
	bad := sample()
	bad.LACP = []byte{1}
	if _, err := handing.Read(configFor(t, bad)); err == nil {
		t.Error("Read() with a bad protocol state = nil, want an error")
	}
	if _, err := handing.Read(&config.OpenConfig{Handed: new(link.Handed)}); err == nil {
		t.Error("Read() without a state = nil, want an error")
	}
}

func refused(t *testing.T, cfg *config.OpenConfig, field string) {
	t.Helper()
	var ce *config.Error
	if _, err := handing.Read(cfg); !errors.As(err, &ce) || ce.Field != field {
		t.Errorf("Read() = %v, want a config.Error about %s", err, field)
	}
}

// Descriptors come from another process, which may be wrong about them.
func TestPartStaysWithinTheDescriptors(t *testing.T) {
	h := &link.Handed{Files: []int{7, 8, 9}}
	got, err := (&handing.Part{From: 1, Count: 2}).Of(h)
	if err != nil || !slices.Equal(got.Files, []int{8, 9}) {
		t.Errorf("Of() = %v, %v, want descriptors 8 and 9", got, err)
	}
	for _, p := range []handing.Part{{From: -1, Count: 1}, {From: 0, Count: -1}, {From: 4}, {From: 1, Count: 3}, {From: 1, Count: 1<<63 - 1}} {
		if _, err := p.Of(h); err == nil {
			t.Errorf("Of() of %+v = nil, want an error", p)
		}
	}
}

// hander is a link that can be handed over.
type hander struct {
	link.Port
	files []int
}

func (h hander) Pause() error { return nil }
func (h hander) Hand() (link.Handed, error) {
	return link.Handed{State: []byte("{}"), Files: h.files}, nil
}
func (h hander) Resume() error { return nil }

func TestAddNumbersTheDescriptors(t *testing.T) {
	var to link.Handed
	for i, want := range []handing.Part{{From: 0, Count: 2}, {From: 2, Count: 1}} {
		p, err := handing.Add(&to, hander{files: make([]int, 2-i)})
		if err != nil || p.From != want.From || p.Count != want.Count {
			t.Errorf("part %d is %+v, %v, want %d from %d", i, p, err, want.Count, want.From)
		}
	}
	if len(to.Files) != 3 {
		t.Errorf("%d descriptors, want 3", len(to.Files))
	}
}

func TestReserveKeepsEachNameOnce(t *testing.T) {
	s := sample()
	s.Reserve("m1")
	s.Reserve("m2")
	if len(s.Members) != 3 || s.Members[2].Name != "m2" || !s.Members[2].Wanted {
		t.Errorf("members %+v, want m0, m1, and m2 as wanted", s.Members)
	}
}

// opener opens links in memory.
type opener struct {
	config.Opener
	link   link.Port
	opened *[]netif.Config
}

func (o opener) OpenLink(c netif.Config) (link.Port, error) {
	*o.opened = append(*o.opened, c)
	return o.link, nil
}

func TestLinksAreOpenedByTheirDescriptors(t *testing.T) {
	s := sample()
	cfg := configFor(t, s)
	var opened []netif.Config
	links, err := s.Links(opener{link: hander{Port: linktest.NewCable("m0", "x").A}, opened: &opened}, cfg)
	if err != nil || len(links) != 2 || links[0] == nil || links[1] != nil {
		t.Fatalf("Links() = %v, %v, want one for m0 and none for m1", links, err)
	}
	if len(opened) != 1 || opened[0].Name != "m0" || !slices.Equal(opened[0].Handed.Files, []int{7, 8}) {
		t.Errorf("opened %+v, want m0 with both descriptors", opened)
	}
	links, err = s.Links(opener{link: struct{ link.Port }{}, opened: &opened}, cfg)
	if err == nil || len(links) != 1 {
		t.Errorf("Links() = %d links, %v, want the one that can't be paused, and an error", len(links), err)
	}
	if d, err := s.OpenDevice(opener{}, cfg); d != nil || err != nil {
		t.Errorf("OpenDevice() = %v, %v without a device, want nil", d, err)
	}
}
