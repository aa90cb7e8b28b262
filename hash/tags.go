package hash

import (
	"strconv"
	"strings"
)

// TagView says how the outer VLAN tag of a frame (TPID 0x8100 or 0x88a8, any
// VLAN id, priority tags included) is seen. Linux hashes the same frame
// differently by the way it took to the bond. The zero value is TagStripped.
type TagView uint8

const (
	// TagStripped looks through the outer tag, as Linux does when hardware, a
	// bridge or a VLAN device keeps the tag beside the frame: "stripped". An
	// inner tag stays visible and makes the frame one that is not IP.
	TagStripped TagView = iota
	// TagInline takes the tag as it lies in the frame, as XDP does: "inline". A
	// tagged frame is then one that is not IP, with the TPID as its EtherType,
	// but to the encap policies, which step over tags.
	TagInline
	// TagSocket is what Linux makes of frames that a packet socket on the bond
	// sends: "socket". It is TagInline but for the encap policies, which look
	// for a tag behind all tags and so misread a tagged frame.
	TagSocket
)

// tagViews holds the names in the order of the constants.
var tagViews = [...]string{TagStripped: "stripped", TagInline: "inline", TagSocket: "socket"}

// A TagViewError reports a value that is not a view of the VLAN tag.
type TagViewError struct {
	// Value is the refused text, or the number of a TagView out of range.
	Value string
}

// Error names the value and everything that is allowed.
func (e *TagViewError) Error() string {
	return "hash: VLAN tag view " + strconv.Quote(e.Value) + " unknown: want stripped, inline, socket"
}

// ParseTagView reads "stripped", "inline" or "socket", ignoring case. Anything else is a
// [*TagViewError].
func ParseTagView(s string) (TagView, error) {
	for i, name := range tagViews {
		if strings.EqualFold(s, name) {
			return TagView(i), nil
		}
	}
	return 0, &TagViewError{Value: s}
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

// MarshalText returns the name of v, or a [*TagViewError] when v is none of the
// constants.
func (v TagView) MarshalText() ([]byte, error) {
	if !v.valid() {
		return nil, &TagViewError{Value: v.String()}
	}
	return []byte(v.String()), nil
}

// UnmarshalText reads what [ParseTagView] reads. On error v is left alone.
func (v *TagView) UnmarshalText(text []byte) error {
	parsed, err := ParseTagView(string(text))
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}
