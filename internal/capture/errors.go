package capture

import (
	"errors"
	"fmt"
)

// The kinds of [Error], for errors.Is.
var (
	// ErrNotCapture means that the file is not pcap or pcapng, or has an unsupported
	// version.
	ErrNotCapture = errors.New("not a pcap or pcapng file")
	// ErrTruncated means that the file ends in the middle of a record or of its header.
	ErrTruncated = errors.New("the file ends in the middle of a record")
	// ErrMalformed means that a record contradicts itself or the format, or is too long.
	ErrMalformed = errors.New("malformed record")
	// ErrGzip means that the compressed data of the file is damaged.
	ErrGzip = errors.New("damaged gzip data")
	// ErrLinkType means that one or all of the frames are not Ethernet (link type 1).
	ErrLinkType = errors.New("not an Ethernet capture")
)

// Error describes a fault in a capture and its place.
type Error struct {
	Kind   error  // one of the kinds above
	Record string // the record, such as "frame 3"; empty for the file as a whole
	Offset int64  // offset of the record in the unpacked file, in octets
	Detail string // the values found and expected
}

// Error names record, place, kind and detail.
func (e *Error) Error() string {
	if e.Record == "" {
		return fmt.Sprintf("capture: %v: %s", e.Kind, e.Detail)
	}
	return fmt.Sprintf("capture: %s at octet %d: %v: %s", e.Record, e.Offset, e.Kind, e.Detail)
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }
