package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lagkit/lagkit/lacp"
)

// capturedEnd is the end of the link that the engine replaces.
type capturedEnd struct {
	source  lacp.MAC
	first   lacp.PDU // its first LACPDU
	coupled bool     // whether it never collects without distributing
	cut     bool     // whether the capture cut LACPDUs
	// key and port replace 0 in the engine, which does not allow key or port number 0.
	key  lacp.Key
	port lacp.PortNumber
}

// The limits of a replay: the number of slow-protocols frames, and the octets kept of each.
// The machines read the first 136 octets of a LACPDU with three tags.
const (
	maxReplayed = 1 << 20
	maxKept     = 256
)

// readEnd reads the slow-protocols frames of a capture and finds the end by the source
// address of its frames, or otherwise by its System's address.
func readEnd(name string, stdin io.Reader, as lacp.MAC) ([]slowFrame, *capturedEnd, error) {
	frames, err := readSlow(name, stdin)
	if err != nil {
		return nil, nil, err
	}
	sources := make(map[lacp.MAC]bool) // source addresses of the System's LACPDUs
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
			return nil, nil, fmt.Errorf("no LACPDU from %s or from a system with that address", as)
		case 1:
			for end.source = range sources {
			}
		default:
			return nil, nil, fmt.Errorf("%d ports of system %s: want the source address of one", len(sources), as)
		}
	}
	end.look(frames)
	return frames, end, nil
}

// look finds the frames that the end sent, and learns its properties from them.
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

// standIn returns the end's identity as the engine accepts it, with another key and port
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

// forEngine returns a frame that the end received. In a LACPDU it replaces the end's
// identity with the engine's.
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
			return nil, fmt.Errorf("frame %d is cut before the end of its Partner: capture at least %d octets of each frame", f.Number, len(one.Data)-len(one.slow.PDU)+partnerEnd)
		}
		frames = append(frames, one)
	}
	if len(frames) == 0 {
		return nil, errors.New("no slow-protocols frames in the capture")
	}
	return frames, nil
}
