package chassis

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/lacp"
)

// The limits of a Report.
const (
	maxPorts    = 256
	maxSettings = 32
)

// reportText is how a Report is published.
type reportText struct {
	V        int               `json:"v"`
	Boot     uint64            `json:"boot,string"`
	Ready    bool              `json:"ready"`
	Digest   string            `json:"digest"` // of the settings
	Settings map[string]string `json:"settings,omitempty"`
	Partners []partnerText     `json:"partners,omitempty"`
	Ports    []portText        `json:"ports,omitempty"`
}

// partnerText is a partner that ports refer to.
type partnerText struct {
	Priority uint16   `json:"priority"`
	MAC      lacp.MAC `json:"mac"`
	Key      lacp.Key `json:"key"`
}

// portText is a port. Its names are short, because a report has room for about 80 ports.
type portText struct {
	Number   lacp.PortNumber `json:"n"`
	Priority *uint16         `json:"pri,omitempty"` // absent: 0x8000
	Key      lacp.Key        `json:"key"`
	Of       int             `json:"of,omitempty"` // the partner's place in the list, from 1; absent: none is heard
	Far      lacp.PortNumber `json:"far,omitempty"`
	FarPri   *uint16         `json:"farpri,omitempty"` // absent: 0x8000
	Is       string          `json:"is"`               // a letter of portFlags for each that is true
}

// portFlags are the letters of what a port is.
var portFlags = []struct {
	letter string
	of     func(*lacp.Foreign) *bool
}{
	{"u", func(f *lacp.Foreign) *bool { return &f.Usable }},
	{"a", func(f *lacp.Foreign) *bool { return &f.Attached }},
	{"d", func(f *lacp.Foreign) *bool { return &f.Distributing }},
	{"f", func(f *lacp.Foreign) *bool { return &f.FallbackDue }},
}

// encode returns the text of a report. The error is a [*lacp.FieldError] if it is too long.
func (r *Report) encode() ([]byte, error) {
	t := reportText{V: textVersion, Boot: r.Boot, Ready: r.Ready, Digest: digest(r.Settings), Settings: r.Settings}
	places := make(map[Partner]int)
	for i := range r.Ports {
		f := &r.Ports[i]
		p := portText{Number: f.Port.Number, Priority: unlessDefault(f.Port.Priority), Key: f.Key}
		if partner := (Partner{f.Partner.System, f.Partner.Key}); partner.System != (lacp.SystemID{}) {
			if places[partner] == 0 {
				t.Partners = append(t.Partners, partnerText{partner.System.Priority, partner.System.MAC, partner.Key})
				places[partner] = len(t.Partners)
			}
			p.Of, p.Far, p.FarPri = places[partner], f.Partner.Port.Number, unlessDefault(f.Partner.Port.Priority)
		}
		for _, flag := range portFlags {
			if *flag.of(f) {
				p.Is += flag.letter
			}
		}
		t.Ports = append(t.Ports, p)
	}
	text, err := json.Marshal(t)
	if err == nil && len(text) > maxText {
		err = &lacp.FieldError{Field: "report", Value: strconv.Itoa(len(text)) + " octets", Allowed: "at most " + strconv.Itoa(maxText)}
	}
	return text, err
}

// parseReport returns a published report. The error is a [*VersionError] or describes the text.
func parseReport(text []byte) (Report, error) {
	var t reportText
	if err := decode(text, &t); err != nil {
		return Report{}, err
	}
	switch {
	case t.Boot == 0:
		return Report{}, fmt.Errorf("boot 0, allowed: a number other than 0")
	case len(t.Settings) > maxSettings:
		return Report{}, fmt.Errorf("%d settings, allowed: at most %d", len(t.Settings), maxSettings)
	case len(t.Ports) > maxPorts:
		return Report{}, fmt.Errorf("%d ports, allowed: at most %d", len(t.Ports), maxPorts)
	case t.Digest != digest(t.Settings):
		return Report{}, fmt.Errorf("digest %q does not belong to the settings", t.Digest)
	}
	r := Report{Boot: t.Boot, Ready: t.Ready, Settings: t.Settings}
	seen := make(map[lacp.PortNumber]bool)
	for i := range t.Ports {
		f, err := t.Ports[i].parse(t.Partners)
		if err == nil && seen[f.Port.Number] {
			err = fmt.Errorf("port %d comes twice", f.Port.Number)
		}
		if err != nil {
			return Report{}, err
		}
		seen[f.Port.Number] = true
		r.Ports = append(r.Ports, f)
	}
	return r, nil
}

// parse returns the port.
func (p *portText) parse(partners []partnerText) (f lacp.Foreign, err error) {
	if p.Number == 0 || p.Of < 0 || p.Of > len(partners) {
		return f, fmt.Errorf("port %d of partner %d, allowed: 1 to 65535, a partner of %d", p.Number, p.Of, len(partners))
	}
	f.Port = lacp.PortID{Priority: orDefault(p.Priority), Number: p.Number}
	f.Key = p.Key
	if p.Of > 0 {
		of := partners[p.Of-1]
		f.Partner = lacp.Info{
			System: lacp.SystemID{Priority: of.Priority, MAC: of.MAC}, Key: of.Key,
			Port: lacp.PortID{Priority: orDefault(p.FarPri), Number: p.Far},
		}
		if f.Partner.System == (lacp.SystemID{}) {
			return f, fmt.Errorf("partner %d has no System", p.Of)
		}
	}
	left := p.Is
	for _, flag := range portFlags {
		*flag.of(&f) = strings.HasPrefix(left, flag.letter)
		left = strings.TrimPrefix(left, flag.letter)
	}
	if left != "" {
		return f, fmt.Errorf("port %d is %q, allowed: letters of uadf, in this order", p.Number, p.Is)
	}
	return f, nil
}

// unlessDefault returns a priority; nil if it is the default.
func unlessDefault(priority uint16) *uint16 {
	if priority == lacp.DefaultPriority {
		return nil
	}
	return &priority
}

// orDefault returns a priority of a text.
func orDefault(priority *uint16) uint16 {
	if priority == nil {
		return lacp.DefaultPriority
	}
	return *priority
}
