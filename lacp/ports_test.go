package lacp

import "testing"

func TestUnknownAndDoublePorts(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	c := portDefaults(1, PortConfig{})
	_, receive := d.Receive(d.now, 2, nil)
	for what, err := range map[string]error{"SetPort": d.SetPort(d.now, c), "RemovePort": d.RemovePort(d.now, 2),
		"SetLink": d.SetLink(d.now, 2, Link{}), "Receive": receive} {
		if err != ErrNoPort {
			t.Errorf("%s: %v, want %v", what, err, ErrNoPort)
		}
	}
	d.TransmitFailed(d.now, 2) // there is no port 2, so this has no effect
	if err := d.AddPort(d.now, portDefaults(0, PortConfig{})); err != ErrPortExists {
		t.Errorf("AddPort: %v, want %v", err, ErrPortExists)
	}
	if _, ok := d.Port(2); ok {
		t.Error("port 2 exists")
	}
}
