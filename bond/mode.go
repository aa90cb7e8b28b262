package bond

import "strings"

// Mode is the protocol by which a bond decides which members carry data.
type Mode uint8

// ModeLACP is IEEE 802.1AX (802.3ad) LACP, the default.
const ModeLACP Mode = 0

// ParseMode reads a mode: "LACP", in any case, or Linux's "802.3ad" and "4". The
// error is a [*ConfigError].
func ParseMode(s string) (Mode, error) {
	switch strings.ToUpper(s) {
	case "LACP", "802.3AD", "4":
		return ModeLACP, nil
	}
	return 0, &ConfigError{Field: "Mode", Value: s, Allowed: "LACP (802.3ad, 4)"}
}

// String returns "LACP".
func (m Mode) String() string {
	if m == ModeLACP {
		return "LACP"
	}
	return "invalid"
}

// MarshalText returns what String returns.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what [ParseMode] reads.
func (m *Mode) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMode(string(text))
	return err
}
