package hash

import (
	"strconv"
	"strings"
)

// A TagView selects how a Hasher sees the outer VLAN tag of a frame (TPID 0x8100 or
// 0x88a8, any VLAN id, priority tags included). Linux hashes the same frame differently
// depending on how it reached the bond. The zero value is TagStripped.
type TagView uint8

const (
	// TagStripped looks through the outer tag, as Linux does when hardware, a bridge or
	// a VLAN device keeps the tag outside the frame: "stripped". An inner tag stays
	// visible, so the frame does not count as IP.
	TagStripped TagView = iota
	// TagInline reads the tag as it lies in the frame, as XDP does: "inline". A tagged
	// frame then does not count as IP, and the TPID is its EtherType. The encap policies
	// still step over tags.
	TagInline
	// TagSocket is how Linux sees frames that a packet socket on the bond sends:
	// "socket". It equals TagInline except for the encap policies, which look for a tag
	// after all tags and so misread a tagged frame.
	TagSocket
)

// tagViews holds the names in the order of the constants.
var tagViews = [...]string{TagStripped: "stripped", TagInline: "inline", TagSocket: "socket"}

// ParseTagView reads "stripped", "inline" or "socket", ignoring case. For any other text
// it returns a [*FieldError].
func ParseTagView(s string) (TagView, error) {
	for i, name := range tagViews {
		if strings.EqualFold(s, name) {
			return TagView(i), nil
		}
	}
	return 0, &FieldError{"Tags", s, "stripped, inline or socket"}
}

// valid reports whether v is one of the constants.
func (v TagView) valid() bool { return int(v) < len(tagViews) }

// String returns "stripped", "inline" or "socket".
func (v TagView) String() string {
	if !v.valid() {
		return "TagView(" + strconv.Itoa(int(v)) + ")"
	}
	return tagViews[v]
}

// MarshalText returns the name of v, or a [*FieldError] if v is not one of the
// constants.
func (v TagView) MarshalText() ([]byte, error) {
	if !v.valid() {
		return nil, &FieldError{"Tags", v.String(), "stripped, inline or socket"}
	}
	return []byte(v.String()), nil
}

// UnmarshalText accepts the same text as [ParseTagView]. On error v does not change.
func (v *TagView) UnmarshalText(text []byte) error {
	parsed, err := ParseTagView(string(text))
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}
