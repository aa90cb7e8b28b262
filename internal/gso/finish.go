package gso

import (
	"github.com/lagkit/lagkit/bond/link"
)

// Finish calls emit with the frames that f stands for as they would be on the wire: with
// checksums computed and large segments cut. A frame is valid until emit returns.
func Finish(f *link.Frame, emit func(frame []byte)) error {
	if !f.Offload.Pending() {
		emit(f.Data)
		return nil
	}
	if f.Offload.GSO == link.GSONone {
		if err := completeChecksum(f); err != nil {
			return err
		}
		emit(f.Data)
		return nil
	}
	frames, _, err := Segment(nil, nil, *f)
	if err != nil {
		return err
	}
	for i := range frames {
		emit(frames[i].Data)
	}
	return nil
}
