package etcd

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"github.com/lagkit/lagkit/bond/chassis"
)

const (
	// version is the version of the values that this package writes, and the highest it reads.
	version = 1

	// mostValue is the greatest length of a value, in octets.
	mostValue = 4096

	// mostChassis is how many chassis a group has at most.
	mostChassis = 15
)

// VersionError is returned while a value in the store is of a later version, which a newer program has
// written. A chassis that meets it knows nothing about the LAG and stays standby.
type VersionError struct {
	Key     string
	Version int
}

// Error implements error.
func (e *VersionError) Error() string {
	return fmt.Sprintf("etcd: the value of %s has version %d, allowed: %d", e.Key, e.Version, version)
}

// ValueError is returned for a value in the store that no program of this package has written. It stays
// until an operator removes the key.
type ValueError struct {
	Key     string
	Problem string
}

// Error implements error.
func (e *ValueError) Error() string { return "etcd: the value of " + e.Key + ": " + e.Problem }

// record is the value of the keys active and intent of a LAG.
type record struct {
	chassis chassis.ID
	members uint64 // only of active
	boot    uint64 // only of active, of the life that has claimed the LAG; 0: it was named
	unknown fields // what a later program of the same version has added
}

// fields are the fields of a value in JSON.
type fields map[string]json.RawMessage

// parseRecord returns the record in the value of a key. The error is a [*VersionError] or a
// [*ValueError].
func parseRecord(key string, value []byte) (r record, err error) {
	if len(value) > mostValue {
		return r, &ValueError{key, fmt.Sprintf("%d octets, allowed: at most %d", len(value), mostValue)}
	}
	if err := json.Unmarshal(value, &r.unknown); err != nil {
		return r, &ValueError{key, err.Error()}
	}
	v := 0
	if err := r.unknown.take("v", &v); err != nil || v < 1 {
		return r, &ValueError{key, "no version in the field v"}
	}
	if v > version {
		return r, &VersionError{key, v}
	}
	if err := r.unknown.take("chassis", &r.chassis); err != nil || len(r.chassis) > mostName {
		return r, &ValueError{key, "the field chassis is no name"}
	}
	for name, number := range r.numbers() {
		text := ""
		if err := r.unknown.take(name, &text); err != nil {
			return r, &ValueError{key, "the field " + name + " is no text"}
		}
		if text == "" {
			continue
		}
		if *number, err = strconv.ParseUint(text, 16, 64); err != nil {
			return r, &ValueError{key, "the field " + name + " is no hexadecimal number"}
		}
	}
	return r, nil
}

// numbers returns the numbers of a record by the names of their fields, which have hexadecimal texts: not
// every program reads 64 bits from a number in JSON.
func (r *record) numbers() map[string]*uint64 {
	return map[string]*uint64{"members": &r.members, "boot": &r.boot}
}

// take removes a field and writes it to what target points to. Without the field it writes nothing.
func (f fields) take(name string, target any) error {
	raw, ok := f[name]
	if !ok {
		return nil
	}
	delete(f, name)
	return json.Unmarshal(raw, target)
}

// String returns the record as the value of a key, with the unknown fields if there is room for them.
func (r *record) String() string {
	all := maps.Clone(r.unknown)
	if all == nil {
		all = make(fields)
	}
	all["v"] = json.RawMessage(strconv.Itoa(version))
	all["chassis"], _ = json.Marshal(r.chassis) // a string has a form in JSON
	for name, number := range r.numbers() {
		if *number != 0 {
			all[name] = json.RawMessage(fmt.Sprintf("%q", strconv.FormatUint(*number, 16)))
		}
	}
	text, _ := json.Marshal(all)
	if len(text) > mostValue {
		return (&record{chassis: r.chassis, members: r.members, boot: r.boot}).String()
	}
	return string(text)
}
