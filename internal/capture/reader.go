// Package capture reads the Ethernet frames of pcap and pcapng files, also of those
// that gzip has compressed.
//
// The formats are decoded by gopacket's pcapgo. In front of it stands a check of
// every record, so that a damaged or hostile file costs no more memory than one
// record of [MaxFrame] octets and ends with an error that says where and why.
package capture

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/google/gopacket"
)

// MaxFrame is the greatest captured length of a frame, in octets, as in libpcap.
// A record that says more is [ErrMalformed]. The snapshot length of a file's
// header is no limit, since not every writer keeps to the one it wrote.
const MaxFrame = 256 << 10

// readSize is how much is read of a file at a time, in octets.
const readSize = 64 << 10

// Frame is one captured Ethernet frame.
type Frame struct {
	Number         int       // its place in the file, from 1
	Time           time.Time // UTC; the Unix epoch where the file has no time for it
	Data           []byte    // from the destination address on; the caller may keep it
	OriginalLength int       // octets on the wire; more than len(Data) if the capture cut it
}

// Reader returns the frames of a capture in the order of the file. It holds one
// record at a time. It is not safe for use by several goroutines.
type Reader struct {
	feed    *feed
	decoder decoder
	closer  io.Closer
	frames  int
	err     error
}

// decoder is what the two readers of pcapgo have in common.
type decoder interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// Open opens a capture file. The errors are those of [NewReader] and of the
// file. Close the Reader when done.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := NewReader(file)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	r.closer = file
	return r, nil
}

// NewReader reads the file header and returns a Reader of the frames behind it.
// The error is, for errors.Is, [ErrNotCapture], [ErrTruncated] (the file ends in
// its header), [ErrGzip], [ErrLinkType] or [ErrMalformed], or what r fails with.
func NewReader(r io.Reader) (*Reader, error) {
	file, err := unpack(bufio.NewReaderSize(r, readSize))
	if err != nil {
		return nil, err
	}
	magic, err := file.Peek(4)
	switch {
	case err == io.ErrUnexpectedEOF:
		return nil, &Error{Kind: ErrTruncated, Detail: fmt.Sprintf("the compressed data ends after %d octets of the file", len(magic))}
	case err != nil && err != io.EOF:
		return nil, err
	case len(magic) < 4:
		return nil, &Error{Kind: ErrNotCapture, Detail: fmt.Sprintf("it has only %d octets", len(magic))}
	}
	f := &feed{file: file}
	var d decoder
	switch format := [4]byte(magic); {
	case format == pcapngMagic:
		d, err = newPcapng(f)
	case pcapForms[format].order != nil:
		d, err = newPcap(f, pcapForms[format])
	default:
		err = &Error{Kind: ErrNotCapture, Detail: fmt.Sprintf("it starts with %x, neither pcap nor pcapng", magic)}
	}
	if err != nil {
		return nil, err
	}
	return &Reader{feed: f, decoder: d}, nil
}

// Next returns the next frame. At the end of the file the error is io.EOF; it is
// [ErrTruncated] where the file ends in the middle of a record, [ErrGzip] where
// its compressed data is damaged, [ErrMalformed] for a record that cannot be,
// [ErrLinkType] for a frame that is not Ethernet, for errors.Is, or what the file
// fails with. All frames in front of the place have been returned by then; after
// an error every call returns it again.
func (r *Reader) Next() (Frame, error) {
	if r.err != nil {
		return Frame{}, r.err
	}
	data, info, err := r.decode()
	if err != nil {
		r.err = r.feed.blame(err)
		return Frame{}, r.err
	}
	r.frames++
	return Frame{
		Number:         r.frames,
		Time:           r.feed.time(info.Timestamp),
		Data:           data,
		OriginalLength: max(info.Length, len(data)),
	}, nil
}

// decode guards against a panic in the decoder: its input is checked, but it was
// not written for files of strangers.
func (r *Reader) decode() (data []byte, info gopacket.CaptureInfo, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoder failed: %v", p)
		}
	}()
	return r.decoder.ReadPacketData()
}

// Frames returns the frames that are left. Where the file does not end well the
// last pair is an empty Frame with the error of [Reader.Next].
func (r *Reader) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		for {
			f, err := r.Next()
			if err == io.EOF || !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// Close closes the file that [Open] opened.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}
