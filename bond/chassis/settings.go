package chassis

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/lacp"
)

// The limits of a setting. A value may be longer; then a part and a digest of it are compared.
const (
	maxSettingName  = 32 // octets
	maxSettingValue = 96 // octets that are published
	valueStart      = 64 // octets of a longer value that are published

	maxSettingsText = maxText / 2 // octets of all; the other half is for the ports
)

// publishable returns settings as they are published and compared. The error is a [*lacp.FieldError].
func publishable(settings map[string]string) (map[string]string, error) {
	if len(settings) > maxSettings-ownSettings {
		return nil, &lacp.FieldError{Field: "Settings", Value: strconv.Itoa(len(settings)), Allowed: "at most " + strconv.Itoa(maxSettings-ownSettings)}
	}
	short := make(map[string]string, len(settings))
	for name, value := range settings {
		if name == "" || len(name) > maxSettingName || strings.ToValidUTF8(name, "") != name {
			return nil, &lacp.FieldError{Field: "Settings", Value: strconv.Quote(name), Allowed: "names of 1 to " + strconv.Itoa(maxSettingName) + " octets"}
		}
		short[name] = shorten(value)
	}
	if text, err := (&Report{Settings: short}).encode(); err != nil || len(text) > maxSettingsText {
		return nil, &lacp.FieldError{Field: "Settings", Value: strconv.Itoa(len(text)) + " octets", Allowed: "at most " + strconv.Itoa(maxSettingsText)}
	}
	return short, nil
}

// shorten returns a value as it is published.
func shorten(value string) string {
	if len(value) > maxSettingValue {
		sum := sha256.Sum256([]byte(value))
		value = value[:valueStart] + "... " + hex.EncodeToString(sum[:8])
	}
	return strings.ToValidUTF8(value, "?")
}

// digest returns a digest of settings.
func digest(settings map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		_, _ = h.Write([]byte(name + "\x00" + settings[name] + "\x00")) // never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// sameSettings reports whether two sets of settings are equal.
func sameSettings(a, b map[string]string) bool { return maps.Equal(a, b) }
