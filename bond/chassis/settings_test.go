package chassis

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/lacp"
)

func TestSettings(t *testing.T) {
	long := strings.Repeat("1,", 200)
	got, err := publishable(map[string]string{"mtu": "1500", "vlans": long, "bad": "\xff"})
	if err != nil {
		t.Fatal(err)
	}
	again, _ := publishable(map[string]string{"vlans": long + "2"})
	if len(got["vlans"]) > maxSettingValue || got["vlans"] == again["vlans"] || !strings.HasPrefix(got["vlans"], "1,1,") {
		t.Errorf("two long values become %q and %q, want short ones that differ", got["vlans"], again["vlans"])
	}
	if got["mtu"] != "1500" || got["bad"] != "?" {
		t.Errorf("settings %q", got)
	}
	var refused *lacp.FieldError
	many := make(map[string]string)
	for i := range maxSettings - ownSettings + 1 {
		many[fmt.Sprint(i)] = ""
	}
	bulky := make(map[string]string)
	for i := range maxSettings - ownSettings {
		bulky[fmt.Sprint(i)] = long
	}
	for what, s := range map[string]map[string]string{
		"no name": {"": "x"}, "a long name": {strings.Repeat("x", 33): "x"}, "a name that is no text": {"\xff": ""}, "too many": many, "too much": bulky,
	} {
		if _, err := publishable(s); !errors.As(err, &refused) || refused.Field != "Settings" {
			t.Errorf("%s: %v, want a FieldError of Settings", what, err)
		}
	}
	if digest(map[string]string{"a": "b", "c": ""}) == digest(map[string]string{"a": "", "c": "b"}) {
		t.Error("two sets of settings have one digest")
	}
}
