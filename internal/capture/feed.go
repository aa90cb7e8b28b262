package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// feed is the file as the decoder reads it: whole, checked records, then an error at the
// first record that is neither. Read returns octets of one record at most, so the decoder
// is never ahead of the record last checked.
type feed struct {
	file   *bufio.Reader
	next   func() error // reads the next record into record, and checks it
	record []byte
	rest   []byte // part of record that the decoder has not read yet
	err    error

	unit   string // the format's name for a record
	count  int    // number of records begun
	start  int64  // offset of the record
	offset int64  // number of octets read from the file
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

// fill appends n octets of the file to the record. It returns io.EOF if the file ends
// before a record, and an ErrTruncated if it ends within one.
func (f *feed) fill(n int, what string) error {
	had := len(f.record)
	f.record = slices.Grow(f.record, n)[:had+n]
	got, err := io.ReadFull(f.file, f.record[had:])
	return f.took(int64(got), int64(n), err, what, had == 0)
}

// skip skips n octets of the record.
func (f *feed) skip(n int64, what string) error {
	got, err := io.CopyN(io.Discard, f.file, n)
	return f.took(got, n, err, what, false)
}

func (f *feed) took(got, want int64, err error, what string, first bool) error {
	f.offset += got
	switch {
	case err == nil:
		return nil
	case first && got == 0 && errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return f.fail(ErrTruncated, "want %s of %d octets, got %d", what, want, got)
	}
	if e, ok := errors.AsType[*Error](err); ok { // damaged compressed data
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

// blame returns the reason why the decoder failed: the feed's own error if it has one,
// otherwise the decoder's error about the record.
func (f *feed) blame(err error) error {
	if f.err != nil {
		return f.err
	}
	f.err = f.fail(ErrMalformed, "%v", err)
	return f.err
}

// time returns the time of the frame. The feed's own time, if any, replaces the decoded
// one.
func (f *feed) time(decoded time.Time) time.Time {
	if f.stamp != nil {
		return f.stamp()
	}
	return decoded
}
