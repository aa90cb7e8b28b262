// Package capture reads the Ethernet frames of pcap and pcapng files, plain or compressed
// with gzip.
//
// gopacket's pcapgo decodes the formats. The package checks every record first, so a
// damaged or hostile file costs no more memory than one record of [MaxFrame] octets and
// ends with an error that gives place and reason.
package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/google/gopacket"
)

// MaxFrame is the greatest captured length of a frame, in octets, as in libpcap. A record
// with a greater length is [ErrMalformed]. The snapshot length in the file header is not a
// limit, because not every writer respects the one it wrote.
const MaxFrame = 256 << 10

// readSize is the size of one read of a file, in octets.
const readSize = 64 << 10

// Frame is one captured Ethernet frame.
type Frame struct {
	Number         int       // its place in the file, from 1
	Time           time.Time // UTC; the Unix epoch if the file gives no time
	Data           []byte    // starts at the destination address; the caller may keep it
	OriginalLength int       // octets on the wire; more than len(Data) if the capture cut the frame
}

// Reader returns the frames of a capture in the order of the file. It holds one record at
// a time. It is not safe for concurrent use.
type Reader struct {
	feed    *feed
	decoder decoder
	closer  io.Closer
	frames  int
	err     error
}

// decoder is the common interface of pcapgo's two readers.
type decoder interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// Open opens a capture file. It returns the errors of [NewReader] and of the file. The
// caller must close the Reader.
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

// NewReader reads the file header and returns a Reader of the frames after it. The error
// matches, with errors.Is, [ErrNotCapture], [ErrTruncated] (the file ends in its header),
// [ErrGzip], [ErrLinkType] or [ErrMalformed], or is the error of r.
func NewReader(r io.Reader) (*Reader, error) {
	file, err := unpack(bufio.NewReaderSize(r, readSize))
	if err != nil {
		return nil, err
	}
	magic, err := file.Peek(4)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &Error{Kind: ErrTruncated, Detail: fmt.Sprintf("the compressed data holds only %d octets of the file", len(magic))}
	case err != nil && !errors.Is(err, io.EOF):
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

// Next returns the next frame. The error is io.EOF at the end of the file. Otherwise it
// matches, with errors.Is, [ErrTruncated] if the file ends in the middle of a record,
// [ErrGzip] if the compressed data is damaged, [ErrMalformed] for an invalid record, or
// [ErrLinkType] for a frame that is not Ethernet, or it is the error of the file. Next
// returns all frames before the fault first. After an error every call returns it again.
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

// decode guards against a panic in the decoder. Its input is checked, but it was not
// written for untrusted files.
func (r *Reader) decode() (data []byte, info gopacket.CaptureInfo, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoder failed: %v", p)
		}
	}()
	return r.decoder.ReadPacketData()
}

// Frames returns an iterator over the remaining frames. If the file has a fault, the last
// pair is an empty Frame and the error of [Reader.Next].
func (r *Reader) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		for {
			f, err := r.Next()
			if errors.Is(err, io.EOF) || !yield(f, err) || err != nil {
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
