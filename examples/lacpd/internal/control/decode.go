package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// decode reads one JSON object, without unknown keys, into a struct. what names the object in
// a refusal of it as a whole. Without an object it leaves the struct as it is.
func decode(what string, raw []byte, into any) error {
	if len(raw) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return undecoded(what, raw, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Refused(what, string(raw[:min(len(raw), maxValue+1)]), "one JSON object")
	}
	return nil
}

// undecoded returns the refusal for an error of package json.
func undecoded(what string, raw []byte, err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		field := kind.Field
		if field == "" {
			field = what
		}
		return Refused(field, kind.Value, kind.Type.String())
	}
	if _, key, ok := strings.Cut(err.Error(), "unknown field "); ok {
		if key != `""` {
			key = strings.Trim(key, `"`)
		}
		return Refused(clip(key), "an unknown key", "the keys of this command")
	}
	return Refused(what, string(raw[:min(len(raw), maxValue+1)]), "one JSON object: "+err.Error())
}

// encode returns v as one line of JSON.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
