package etcd

import (
	"errors"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/chassis"
)

func TestRecordsAreReadAsTheyWereWritten(t *testing.T) {
	for _, r := range []record{
		{}, {chassis: "A"}, {chassis: "A", members: 1}, {chassis: chassis.ID(strings.Repeat("ñ", 32)), members: 1<<64 - 1}, {chassis: "\"\\\n\x00<"},
	} {
		text := r.String()
		got, err := parseRecord("key", []byte(text))
		if err != nil || got.chassis != r.chassis || got.members != r.members || len(got.unknown) != 0 {
			t.Errorf("%s is read as %+v, %v, want %+v", text, got, err, r)
		}
	}
}

// Fields that only a later program knows are written back, as long as the value is not too long.
func TestUnknownFieldsAreWrittenBack(t *testing.T) {
	r, err := parseRecord("key", []byte(`{"v":1,"chassis":"A","later":{"a":[1,2]},"members":"7"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.chassis = "B"
	if got, want := r.String(), `{"chassis":"B","later":{"a":[1,2]},"members":"7","v":1}`; got != want {
		t.Errorf("written back as %s, want %s", got, want)
	}
	r.unknown["long"] = []byte(`"` + strings.Repeat("x", mostValue) + `"`)
	if got, want := r.String(), `{"chassis":"B","members":"7","v":1}`; got != want {
		t.Errorf("with a long field written back as %.100s, want %s", got, want)
	}
}

func TestLaterVersionsAreErrors(t *testing.T) {
	later := new(VersionError)
	if _, err := parseRecord("key", []byte(`{"v":3,"chassis":{}}`)); !errors.As(err, &later) || *later != (VersionError{"key", 3}) {
		t.Errorf("error %v, want a VersionError of 3", err)
	}
	if got, want := later.Error(), "etcd: the value of key has version 3, allowed: 1"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}
