package main

import (
	"errors"
	"fmt"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
)

// capturedEnd is the end of the link that the engine takes the place of.
type capturedEnd struct {
	source  lacp.MAC
	first   lacp.PDU // its first LACPDU
	coupled bool     // it never collects without distributing
}

// maxReplayed bounds what is held of a capture, in slow-protocols frames.
const maxReplayed = 1 << 20

// readEnd reads the slow-protocols frames of a capture and finds the end: by the source
// address of its frames, or else by its System's address.
func readEnd(name string, as lacp.MAC) ([]slowFrame, *capturedEnd, error) {
	frames, err := readSlow(name)
	if err != nil {
		return nil, nil, err
	}
	sources := make(map[lacp.MAC]bool) // of the LACPDUs of the System
	bySource := false
	for i := range frames {
		f := &frames[i]
		if f.slow.Kind == lacp.SlowLACPDU && f.pdu.Actor.System.MAC == as {
			sources[f.slow.Source] = true
		}
		bySource = bySource || f.slow.Kind == lacp.SlowLACPDU && f.slow.Source == as
	}
	end := &capturedEnd{source: as, coupled: true}
	if !bySource {
		switch len(sources) {
		case 0:
			return nil, nil, fmt.Errorf("no LACPDU from %s, nor of a system of that address", as)
		case 1:
			for end.source = range sources {
			}
		default:
			return nil, nil, fmt.Errorf("%d ports of system %s: give the source address of one", len(sources), as)
		}
	}
	found := false
	for i := range frames {
		f := &frames[i]
		f.own = f.slow.Source == end.source
		if !f.own || f.slow.Kind != lacp.SlowLACPDU {
			continue
		}
		if !found {
			found, end.first = true, f.pdu
		}
		s := f.pdu.Actor.State
		if s.Has(lacp.StateCollecting) && !s.Has(lacp.StateDistributing) {
			end.coupled = false
		}
	}
	return frames, end, nil
}

func readSlow(name string) ([]slowFrame, error) {
	r, err := capture.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var frames []slowFrame
	for f, err := range r.Frames() {
		if err != nil {
			return nil, err
		}
		slow := lacp.ParseSlow(f.Data)
		if slow.Kind == lacp.NotSlow {
			continue
		}
		if len(frames) == maxReplayed {
			return nil, fmt.Errorf("more than %d slow-protocols frames", maxReplayed)
		}
		one := slowFrame{Frame: f, slow: slow}
		if slow.Kind == lacp.SlowLACPDU {
			_ = one.pdu.UnmarshalBinary(slow.PDU) // ParseSlow has checked it
		}
		frames = append(frames, one)
	}
	if len(frames) == 0 {
		return nil, errors.New("no slow-protocols frame in it")
	}
	return frames, nil
}
