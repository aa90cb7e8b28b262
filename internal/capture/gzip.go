package capture

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
)

// unpack returns what r has compressed with gzip, or r as it is. Which of the two is
// seen from the first octets. It unpacks as the caller reads, and holds no more than
// gzip's window of 32 KiB.
func unpack(r *bufio.Reader) (*bufio.Reader, error) {
	if magic, err := r.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return r, nil // an error comes again with the next read
	}
	z, err := gzip.NewReader(r)
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, &Error{Kind: ErrTruncated, Detail: "it ends in the header of the compressed data"}
	case err != nil:
		return nil, gzipError(err)
	}
	return bufio.NewReaderSize(gzipReader{z}, readSize), nil
}

// gzipReader reads compressed data and names what is wrong with it.
type gzipReader struct{ z *gzip.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	return n, gzipError(err)
}

// gzipError gives damage in the compressed data its kind; other errors stay as they
// are, a cut of the data too.
func gzipError(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return &Error{Kind: ErrGzip, Detail: err.Error()}
	}
	return err
}
