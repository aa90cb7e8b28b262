package config

// Reselect decides when a bond in ModeFailover returns to its preferred member, the primary or
// the one with the highest priority, while the active member still works.
type Reselect uint8

// The values of Reselect, which are those of Linux's primary_reselect.
const (
	ReselectAlways  Reselect = iota // as soon as the preferred member's link is up; the default
	ReselectBetter                  // if it is faster than the active one, or as fast and full duplex while the active one is not
	ReselectFailure                 // only when the active member fails
)

var reselectNames = [][]string{{"ALWAYS", "0"}, {"BETTER", "1"}, {"FAILURE", "2"}}

// ParseReselect reads "ALWAYS", "BETTER" or "FAILURE", in any case, or Linux's
// "0", "1" and "2". The error is a [*Error].
func ParseReselect(s string) (Reselect, error) {
	return parse[Reselect](s, "Reselect", "ALWAYS, BETTER or FAILURE", reselectNames)
}

// String returns "ALWAYS", "BETTER" or "FAILURE".
func (r Reselect) String() string { return name(r, reselectNames) }

// MarshalText returns what String returns.
func (r Reselect) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what [ParseReselect] reads. On error r is unchanged.
func (r *Reselect) UnmarshalText(text []byte) error { return unmarshal(r, text, ParseReselect) }
