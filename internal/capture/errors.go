package capture

import (
	"errors"
	"fmt"
)

// The kinds of [Error], for errors.Is.
var (
	// ErrNotCapture: the file is neither pcap nor pcapng of a version that is read.
	ErrNotCapture = errors.New("not a pcap or pcapng file")
	// ErrTruncated: the file ends in the middle of a record or of its header.
	ErrTruncated = errors.New("the file ends in the middle of a record")
	// ErrMalformed: a record contradicts itself or the format, or is too long.
	ErrMalformed = errors.New("malformed record")
	// ErrGzip: the file is compressed, and the compressed data is damaged.
	ErrGzip = errors.New("damaged gzip data")
	// ErrLinkType: the frames, or one of them, are not Ethernet (link type 1).
	ErrLinkType = errors.New("not an Ethernet capture")
)

// Error is where a capture went wrong and why.
type Error struct {
	Kind   error  // one of the kinds above
	Record string // which record, such as "frame 3"; empty for the file as a whole
	Offset int64  // of the record from the start of the unpacked file, in octets
	Detail string // what was found and what was expected
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
