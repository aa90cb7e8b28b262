package linktest

import (
	"slices"
	"sync"

	"github.com/lagkit/lagkit/bond/link"
)

// Fault is what a [Faulty] link does to a frame.
type Fault uint8

// The values of Fault.
const (
	Pass   Fault = iota // nothing
	Drop                // it is lost
	Repeat              // it comes twice
	Damage              // its last octet is changed
)

// Faulty is a link around another one that loses, repeats and damages frames. It has none of
// the optional abilities of the other link.
type Faulty struct {
	link.Link
	out, in func(frame []byte) Fault

	mu       sync.Mutex
	data     [][]byte // received frames that have to be returned again
	controls [][]byte // the same of slow-protocols frames
}

// NewFaulty returns a link around l. out decides about the frames that are written, in about
// those that are read; nil passes them. Both are called from several goroutines at once, and
// must not keep the frame.
func NewFaulty(l link.Link, out, in func(frame []byte) Fault) *Faulty {
	pass := func([]byte) Fault { return Pass }
	if out == nil {
		out = pass
	}
	if in == nil {
		in = pass
	}
	return &Faulty{Link: l, out: out, in: in}
}

// damaged returns a copy of a frame with another last octet.
func damaged(frame []byte) []byte {
	c := slices.Clone(frame)
	if len(c) > 0 {
		c[len(c)-1] ^= 0xff
	}
	return c
}

// Write implements [link.Link]. Frames that are lost count as written.
func (l *Faulty) Write(frames []link.Frame) (int, error) {
	for i, f := range frames {
		list := []link.Frame{f}
		switch l.out(f.Data) {
		case Drop:
			continue
		case Repeat:
			list = append(list, f)
		case Damage:
			list[0].Data = damaged(f.Data)
		}
		if _, err := l.Link.Write(list); err != nil {
			return i, err
		}
	}
	return len(frames), nil
}

// WriteControl implements [link.Port].
func (l *Faulty) WriteControl(frame []byte) error {
	switch l.out(frame) {
	case Drop:
		return nil
	case Repeat:
		if err := l.Link.WriteControl(frame); err != nil {
			return err
		}
	case Damage:
		frame = damaged(frame)
	}
	return l.Link.WriteControl(frame)
}

// Read implements [link.Link].
func (l *Faulty) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	if again := l.take(&l.data); again != nil {
		frames[0] = link.Frame{Data: bufs[0][:copy(bufs[0], again)]}
		return 1, nil
	}
	n, err := l.Link.Read(bufs, frames)
	kept := frames[:0]
	for _, f := range frames[:n] {
		switch l.in(f.Data) {
		case Drop:
			continue
		case Repeat:
			l.keep(&l.data, f.Data)
		case Damage:
			copy(f.Data, damaged(f.Data))
		}
		kept = append(kept, f)
	}
	return len(kept), err
}

// ReadControl implements [link.Port].
func (l *Faulty) ReadControl(buf []byte) (int, error) {
	if again := l.take(&l.controls); again != nil {
		return copy(buf, again), nil
	}
	for {
		n, err := l.Link.ReadControl(buf)
		if err != nil {
			return n, err
		}
		switch frame := buf[:min(n, len(buf))]; l.in(frame) {
		case Drop:
			continue
		case Repeat:
			l.keep(&l.controls, frame)
		case Damage:
			copy(frame, damaged(frame))
		}
		return n, nil
	}
}

// mostKept is how many frames wait to be returned again.
const mostKept = 256

func (l *Faulty) keep(list *[][]byte, frame []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(*list) < mostKept {
		*list = append(*list, slices.Clone(frame))
	}
}

func (l *Faulty) take(list *[][]byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(*list) == 0 {
		return nil
	}
	frame := (*list)[0]
	*list = (*list)[1:]
	return frame
}
