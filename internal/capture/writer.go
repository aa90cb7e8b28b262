package capture

import (
	"io"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// Writer writes Ethernet frames to a pcap file with times in nanoseconds.
type Writer struct{ w *pcapgo.Writer }

// NewWriter writes the file header.
func NewWriter(w io.Writer) (*Writer, error) {
	p := pcapgo.NewWriterNanos(w)
	if err := p.WriteFileHeader(MaxFrame, layers.LinkTypeEthernet); err != nil {
		return nil, err
	}
	return &Writer{p}, nil
}

// Write appends one whole frame of at most [MaxFrame] octets.
func (w *Writer) Write(at time.Time, frame []byte) error {
	return w.w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(frame), Length: len(frame)}, frame)
}
