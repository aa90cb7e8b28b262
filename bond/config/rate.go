package config

// Rate is the LACPDU rate that a bond requests from its partner. It also decides how soon the
// bond gives up a silent partner.
type Rate uint8

// The rates.
const (
	RateSlow Rate = iota // one LACPDU every 30 s, partner lost after 90 s; the default
	RateFast             // one LACPDU every second, partner lost after 3 s
)

var rateNames = [][]string{{"SLOW", "0"}, {"FAST", "1"}}

// ParseRate reads a rate: "SLOW" or "FAST", in any case, or Linux's "0" and "1".
// The error is a [*Error].
func ParseRate(s string) (Rate, error) { return parse[Rate](s, "Rate", "SLOW or FAST", rateNames) }

// String returns "SLOW" or "FAST".
func (r Rate) String() string { return name(r, rateNames) }

// MarshalText returns what String returns.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what [ParseRate] reads. On error r is unchanged.
func (r *Rate) UnmarshalText(text []byte) error { return unmarshal(r, text, ParseRate) }
