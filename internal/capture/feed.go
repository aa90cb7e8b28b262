package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// feed is the file as the decoder sees it: one whole, checked record after the
// other, and an error where the next one is not. Because it hands out one record
// per Read at most, the decoder is never ahead of the record last checked.
type feed struct {
	file   *bufio.Reader
	next   func() error // reads the next record into record, and checks it
	record []byte
	rest   []byte // what of record the decoder has not taken yet
	err    error

	unit   string // what the format calls a record
	count  int    // records begun
	start  int64  // offset of the record
	offset int64  // octets taken from the file
	stamp  func() time.Time
}

func (f *feed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.err == nil {
			f.record, f.start = f.record[:0], f.offset
			f.err = f.next()
		}
		if f.err != nil {
			return 0, f.err
		}
		f.rest = f.record
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// fill appends n octets of the file to the record. The end of the file in front
// of a record is io.EOF, within one an ErrTruncated.
func (f *feed) fill(n int, what string) error {
	had := len(f.record)
	f.record = slices.Grow(f.record, n)[:had+n]
	got, err := io.ReadFull(f.file, f.record[had:])
	return f.took(int64(got), int64(n), err, what, had == 0)
}

// skip drops n octets of the record unread.
func (f *feed) skip(n int64, what string) error {
	got, err := io.CopyN(io.Discard, f.file, n)
	return f.took(got, n, err, what, false)
}

func (f *feed) took(got, want int64, err error, what string, first bool) error {
	f.offset += got
	switch {
	case err == nil:
		return nil
	case first && got == 0 && err == io.EOF:
		return io.EOF
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return f.fail(ErrTruncated, "%s of %d octets expected, %d there", what, want, got)
	}
	if e, ok := errors.AsType[*Error](err); ok { // of the compressed data
		return f.fail(e.Kind, "%s", e.Detail)
	}
	return err
}

func (f *feed) fail(kind error, format string, args ...any) error {
	record := "file header"
	if f.count > 0 {
		record = fmt.Sprintf("%s %d", f.unit, f.count)
	}
	return &Error{Kind: kind, Record: record, Offset: f.start, Detail: fmt.Sprintf(format, args...)}
}

// blame returns why the decoder failed: the feed's own error if it has one, else
// what the decoder found wrong with the record.
func (f *feed) blame(err error) error {
	if f.err != nil {
		return f.err
	}
	f.err = f.fail(ErrMalformed, "%v", err)
	return f.err
}

// time is the frame's own time, or what the format's feed knows better.
func (f *feed) time(decoded time.Time) time.Time {
	if f.stamp != nil {
		return f.stamp()
	}
	return decoded
}
