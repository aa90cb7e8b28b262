package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lagkit/lagkit/lacp"
)

// capturedEnd is the end of the link that the engine takes the place of.
type capturedEnd struct {
	source  lacp.MAC
	first   lacp.PDU // its first LACPDU
	coupled bool     // it never collects without distributing
	cut     bool     // the capture left out a part of LACPDUs
	// key and port take the place of 0 in the engine, which has no such ports.
	key  lacp.Key
	port lacp.PortNumber
}

// What is held of a capture: that many slow-protocols frames, and that many octets of
// each. A LACPDU with three tags has 136 octets up to where the machines stop reading.
const (
	maxReplayed = 1 << 20
	maxKept     = 256
)

// readEnd reads the slow-protocols frames of a capture and finds the end: by the source
// address of its frames, or else by its System's address.
func readEnd(name string, stdin io.Reader, as lacp.MAC) ([]slowFrame, *capturedEnd, error) {
	frames, err := readSlow(name, stdin)
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
	end.look(frames)
	return frames, end, nil
}

// look notes which frames are the end's own, and what these show of it.
func (e *capturedEnd) look(frames []slowFrame) {
	found := false
	keys, ports := make(map[lacp.Key]bool), make(map[lacp.PortNumber]bool)
	for i := range frames {
		f := &frames[i]
		f.own = f.slow.Source == e.source
		if f.slow.Kind != lacp.SlowLACPDU {
			continue
		}
		e.cut = e.cut || f.cut() > 0 && f.known < lacp.PDULen
		if !f.own {
			continue
		}
		if !found {
			found, e.first = true, f.pdu
		}
		keys[f.pdu.Actor.Key], ports[f.pdu.Actor.Port.Number] = true, true
		s := f.pdu.Actor.State
		if s.Has(lacp.StateCollecting) && !s.Has(lacp.StateDistributing) {
			e.coupled = false
		}
	}
	for e.key = ^lacp.Key(0); keys[e.key] && e.key > 1; e.key-- {
	}
	for e.port = ^lacp.PortNumber(0); ports[e.port] && e.port > 1; e.port-- {
	}
}

// standIn returns the end's identity as the engine may have it: another key and port
// number in place of 0.
func (e *capturedEnd) standIn(i lacp.Info) lacp.Info {
	if i.Key == 0 {
		i.Key = e.key
	}
	if i.Port.Number == 0 {
		i.Port.Number = e.port
	}
	return i
}

// forEngine returns a LACPDU that the end received, with the end's identity in it as
// the engine has it.
func (e *capturedEnd) forEngine(f *slowFrame, id lacp.SystemID) ([]byte, error) {
	p := f.pdu.Partner
	if f.slow.Kind != lacp.SlowLACPDU || p.System != id || e.standIn(p) == p {
		return f.Data, nil
	}
	pdu := f.pdu
	pdu.Partner = e.standIn(p)
	return pdu.AppendBinary(slices.Clone(f.Data[:len(f.Data)-len(f.slow.PDU)]))
}

func readSlow(name string, stdin io.Reader) ([]slowFrame, error) {
	r, err := openCapture(name, stdin)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var frames []slowFrame
	for f, err := range r.Frames() {
		if err != nil {
			return nil, err
		}
		if len(f.Data) > maxKept {
			f.Data = slices.Clone(f.Data[:maxKept])
		}
		one := newSlowFrame(f)
		if one.slow.Kind == lacp.NotSlow {
			continue
		}
		if len(frames) == maxReplayed {
			return nil, fmt.Errorf("more than %d slow-protocols frames", maxReplayed)
		}
		if one.slow.Kind == lacp.SlowLACPDU && one.known < partnerEnd {
			return nil, fmt.Errorf("frame %d is cut in its Partner: capture %d octets of each frame, or more", f.Number, len(one.Data)-len(one.slow.PDU)+partnerEnd)
		}
		frames = append(frames, one)
	}
	if len(frames) == 0 {
		return nil, errors.New("no slow-protocols frame in it")
	}
	return frames, nil
}
