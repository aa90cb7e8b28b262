package bond

import "strings"

// Rate is the LACPDU rate a bond asks its partner for, and with it how soon a
// silent partner is given up.
type Rate uint8

// The rates.
const (
	RateSlow Rate = iota // one LACPDU each 30 s, lost after 90 s; the default
	RateFast             // one each second, lost after 3 s
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

// UnmarshalText reads what [ParseRate] reads.
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRate(string(text))
	return err
}
