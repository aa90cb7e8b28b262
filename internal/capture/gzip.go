package capture

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
)

// unpack returns a reader of the unpacked data if r starts like gzip data, or r itself. It
// unpacks as the caller reads, and holds no more than gzip's window of 32 KiB.
func unpack(r *bufio.Reader) (*bufio.Reader, error) {
	magic, _ := r.Peek(2) // the next read returns the error again
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return r, nil
	}
	z, err := gzip.NewReader(r)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &Error{Kind: ErrTruncated, Detail: "the file ends in the gzip header"}
	case err != nil:
		return nil, gzipError(err)
	}
	return bufio.NewReaderSize(gzipReader{z}, readSize), nil
}

// gzipReader reads compressed data and reports damage as an ErrGzip.
type gzipReader struct{ z *gzip.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	return n, gzipError(err)
}

// gzipError turns an error about damaged compressed data into an ErrGzip. It returns other
// errors unchanged, even those of data that ends too early.
func gzipError(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return &Error{Kind: ErrGzip, Detail: err.Error()}
	}
	return err
}
