package bond

import "strings"

// Rate is the LACPDU rate that a bond requests from its partner. It also decides how soon the
// bond gives up a silent partner.
type Rate uint8

// The rates.
const (
	RateSlow Rate = iota // one LACPDU every 30 s, partner lost after 90 s; the default
	RateFast             // one LACPDU every second, partner lost after 3 s
)

// ParseRate reads a rate: "SLOW" or "FAST", in any case, or Linux's "0" and "1".
// The error is a [*ConfigError].
func ParseRate(s string) (Rate, error) {
	switch strings.ToUpper(s) {
	case "SLOW", "0":
		return RateSlow, nil
	case "FAST", "1":
		return RateFast, nil
	}
	return 0, &ConfigError{Field: "Rate", Value: s, Allowed: "SLOW or FAST"}
}

// String returns "SLOW" or "FAST".
func (r Rate) String() string {
	if r == RateFast {
		return "FAST"
	}
	return "SLOW"
}

// MarshalText returns what String returns.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what [ParseRate] reads. On error r is RateSlow.
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRate(string(text))
	return err
}
