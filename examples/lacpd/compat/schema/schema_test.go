// Package schema validates the status of lacpd with the schema that is published for it.
package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../../status.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// encoded returns a value as a JSON library reads what lacpd writes.
func encoded(t *testing.T, v any) any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStatusIsValid(t *testing.T) {
	schema := compiled(t)
	s := viewtest.Status(t)
	b := &s.Bonds[0]
	b.Removed = []view.Removed{{Name: "eth9", Since: b.Since}}
	b.Balance = &view.Balance{Interval: 10, Moved: 1, Last: &b.Since}
	if err := schema.Validate(encoded(t, s)); err != nil {
		t.Errorf("the status of real bonds: %v", err)
	}
	if err := schema.Validate(encoded(t, view.Status{Bonds: []view.Bond{}})); err != nil {
		t.Errorf("the status without a bond: %v", err)
	}
}

// TestSchemaRefusesOtherThings shows that the check above can fail.
func TestSchemaRefusesOtherThings(t *testing.T) {
	schema := compiled(t)
	for what, spoil := range map[string]func(member map[string]any){
		"a missing key":   func(m map[string]any) { delete(m, "reason") },
		"another type":    func(m map[string]any) { m["port"] = "1" },
		"no time":         func(m map[string]any) { m["added"] = "yesterday" },
		"below zero":      func(m map[string]any) { m["counters"].(map[string]any)["expired"] = json.Number("-1") },
		"null for a list": func(m map[string]any) { m["actor"].(map[string]any)["flags"] = nil },
	} {
		v := encoded(t, viewtest.Status(t))
		bond := v.(map[string]any)["bonds"].([]any)[0].(map[string]any)
		spoil(bond["members"].([]any)[0].(map[string]any))
		if err := schema.Validate(v); err == nil {
			t.Errorf("%s: valid, want it refused", what)
		}
	}
}
