package bond

import "strings"

// Reselect decides when a bond in ModeFailover returns to its preferred member, the primary or
// the one with the highest priority, while the active member still works.
type Reselect uint8

// The values of Reselect, which are those of Linux's primary_reselect.
const (
	ReselectAlways  Reselect = iota // as soon as the preferred member's link is up; the default
	ReselectBetter                  // if it is faster than the active one, or as fast and full duplex while the active one is not
	ReselectFailure                 // only when the active member fails
)

var reselectNames = [...]string{"ALWAYS", "BETTER", "FAILURE"}

// ParseReselect reads "ALWAYS", "BETTER" or "FAILURE", in any case, or Linux's
// "0", "1" and "2". The error is a [*ConfigError].
func ParseReselect(s string) (Reselect, error) {
	for i, name := range reselectNames {
		if strings.EqualFold(s, name) || s == string(rune('0'+i)) {
			return Reselect(i), nil
		}
	}
	return 0, &ConfigError{Field: "Reselect", Value: s, Allowed: "ALWAYS, BETTER or FAILURE"}
}

// String returns "ALWAYS", "BETTER" or "FAILURE".
func (r Reselect) String() string {
	if int(r) >= len(reselectNames) {
		return "invalid"
	}
	return reselectNames[r]
}

// MarshalText returns what String returns.
func (r Reselect) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what [ParseReselect] reads. On error r is unchanged.
func (r *Reselect) UnmarshalText(text []byte) error {
	v, err := ParseReselect(string(text))
	if err == nil {
		*r = v
	}
	return err
}
