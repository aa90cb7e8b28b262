package chassis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/lacp"
)

// far returns the info of a port of a partner.
func far(system byte, key lacp.Key, port lacp.PortNumber) lacp.Info {
	return lacp.Info{
		System: lacp.SystemID{Priority: 0x8000, MAC: lacp.MAC{0, 0x1c, 0x73, 0, 0, system}}, Key: key,
		Port: lacp.PortID{Priority: 0x8000, Number: port},
	}
}

// sampleReport has all fields set in some port, and none in another.
var sampleReport = Report{
	Boot: 1<<63 + 1, Ready: true, Settings: map[string]string{"mtu": "1500", "vlans": "<1> \u2028"},
	Ports: []lacp.Foreign{
		{Port: lacp.PortID{Priority: 0x8000, Number: 4097}, Key: 1537, Partner: far(1, 12, 1), Usable: true, Attached: true, Distributing: true},
		{Port: lacp.PortID{Priority: 0, Number: 4098}, Key: 1537, Partner: lacp.Info{System: lacp.SystemID{MAC: lacp.MAC{2}}, Port: lacp.PortID{Number: 7}}},
		{Port: lacp.PortID{Priority: 1, Number: 4099}, FallbackDue: true},
	},
}

func TestReportText(t *testing.T) {
	for _, want := range []Report{{Boot: 1}, sampleReport} {
		text, err := want.encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseReport(text)
		if err != nil || !got.equal(&want) {
			t.Errorf("%s\nparsed: %+v, %v; want %+v", text, got, err, want)
		}
		for what, change := range map[string]func(*Report){
			"boot": func(r *Report) { r.Boot++ }, "ready": func(r *Report) { r.Ready = !r.Ready }, "settings": func(r *Report) { r.Settings = map[string]string{"x": "y"} },
			"ports": func(r *Report) { r.Ports = make([]lacp.Foreign, 1) },
		} {
			other := got
			if change(&other); other.equal(&want) {
				t.Errorf("two reports that differ in %s are equal", what)
			}
		}
	}
	text, _ := sampleReport.encode()
	if _, err := parseReport(edit(t, text, func(m map[string]any) { m["later"] = []int{1} })); err != nil {
		t.Errorf("with a field of a later version: %v, want none", err)
	}
}

// edit changes a text.
func edit(t *testing.T, text []byte, change func(map[string]any)) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReportTextErrors(t *testing.T) {
	text, _ := sampleReport.encode()
	port := func(m map[string]any, i int) map[string]any { return m["ports"].([]any)[i].(map[string]any) }
	for what, change := range map[string]func(map[string]any){
		"no version":               func(m map[string]any) { delete(m, "v") },
		"a negative version":       func(m map[string]any) { m["v"] = -1 },
		"a version of text":        func(m map[string]any) { m["v"] = "1" },
		"no boot":                  func(m map[string]any) { delete(m, "boot") },
		"settings and digest":      func(m map[string]any) { m["digest"] = "0" },
		"a setting of a number":    func(m map[string]any) { m["settings"].(map[string]any)["mtu"] = 1500 },
		"port 0":                   func(m map[string]any) { port(m, 0)["n"] = 0 },
		"port 65536":               func(m map[string]any) { port(m, 0)["n"] = 65536 },
		"a port twice":             func(m map[string]any) { port(m, 1)["n"] = 4097 },
		"a partner too many":       func(m map[string]any) { port(m, 0)["of"] = 3 },
		"a negative partner":       func(m map[string]any) { port(m, 0)["of"] = -1 },
		"an unknown flag":          func(m map[string]any) { port(m, 0)["is"] = "ux" },
		"flags in disorder":        func(m map[string]any) { port(m, 0)["is"] = "au" },
		"a partner without System": func(m map[string]any) { m["partners"].([]any)[0] = map[string]any{} },
		"a bad MAC":                func(m map[string]any) { m["partners"].([]any)[0].(map[string]any)["mac"] = "00" },
	} {
		if r, err := parseReport(edit(t, text, change)); err == nil {
			t.Errorf("%s: %+v, want an error", what, r)
		}
	}
	var newer *VersionError
	if _, err := parseReport([]byte(`{"v":2,"boot":[]}`)); !errors.As(err, &newer) || newer.Version != 2 {
		t.Errorf("version 2: %v, want a VersionError", err)
	}
	for _, bad := range [][]byte{nil, []byte("{"), []byte("null"), text[:len(text)-1], append(bytes.Clone(text), '}')} {
		if r, err := parseReport(bad); err == nil {
			t.Errorf("%q: %+v, want an error", bad, r)
		}
	}
	long := edit(t, text, func(m map[string]any) { m["later"] = strings.Repeat("x", maxText) })
	if _, err := parseReport(long); err == nil {
		t.Errorf("%d octets give no error", len(long))
	}
	ports := `{"v":1,"boot":"1","digest":"e3b0c44298fc1c14","ports":[`
	for n := range maxPorts {
		ports += fmt.Sprintf(`{"n":%d},`, n+1)
	}
	if _, err := parseReport([]byte(strings.TrimSuffix(ports, ",") + "]}")); err != nil {
		t.Errorf("%d ports: %v", maxPorts, err)
	}
	if _, err := parseReport([]byte(ports + `{"n":999}]}`)); err == nil {
		t.Errorf("%d ports give no error", maxPorts+1)
	}
	many := Report{Boot: 1, Settings: make(map[string]string)}
	for i := range maxSettings + 1 {
		many.Settings[fmt.Sprint(i)] = ""
	}
	if text, err := many.encode(); err != nil {
		t.Error(err)
	} else if _, err := parseReport(text); err == nil {
		t.Errorf("%d settings give no error", len(many.Settings))
	}
}

// A report has room for 64 ports. More than fit are an error.
func TestReportLength(t *testing.T) {
	r := Report{Boot: 1<<64 - 1, Ready: true}
	for n := range lacp.PortNumber(64) {
		f := lacp.Foreign{Port: lacp.PortID{Priority: 0x8000, Number: 0xf000 + n}, Key: 65535, Partner: far(1, 65535, 65535), Usable: true, Attached: true, Distributing: true}
		r.Ports = append(r.Ports, f)
	}
	text, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("64 ports: %d octets", len(text))
	for n := range lacp.PortNumber(64) {
		f := r.Ports[n]
		f.Port.Number += 64
		r.Ports = append(r.Ports, f)
	}
	var refused *lacp.FieldError
	if _, err := r.encode(); !errors.As(err, &refused) || refused.Field != "report" {
		t.Errorf("128 ports: %v, want a FieldError", err)
	}
}

func FuzzReport(f *testing.F) {
	text, _ := sampleReport.encode()
	f.Add(text)
	f.Add([]byte(`{"v":1,"boot":"1","digest":"e3b0c44298fc1c14","ports":[{"n":1,"key":1,"of":1,"is":"uadf"}],"partners":[{"mac":"00:00:00:00:00:01"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseReport(text)
		if err != nil {
			return
		}
		again, err := r.encode()
		if err != nil {
			return // it is longer than the original
		}
		if back, err := parseReport(again); err != nil || !back.equal(&r) {
			t.Errorf("%s\nbecame %s: %v", text, again, err)
		}
	})
}
