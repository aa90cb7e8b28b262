package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// record holds the contents of one slow-protocols frame, as -json prints it.
type record struct {
	Frame  int      `json:"frame"`
	Time   string   `json:"time"`
	Type   string   `json:"type"`
	Error  string   `json:"error,omitempty"`
	Source lacp.MAC `json:"src"`
	Dest   lacp.MAC `json:"dst"`
	VLANs  []uint16 `json:"vlans"`         // outermost first; empty, never null
	Cut    int      `json:"cut,omitempty"` // octets of the frame that the capture left out

	Version           *uint8  `json:"version,omitempty"` // in LACPDUs and Markers
	Actor             *end    `json:"actor,omitempty"`
	Partner           *end    `json:"partner,omitempty"`
	CollectorMaxDelay *uint16 `json:"collector_max_delay,omitempty"`
	TLVs              []tlv   `json:"tlvs,omitempty"`

	RequesterPort   *lacp.PortNumber `json:"requester_port,omitempty"`
	RequesterSystem *lacp.MAC        `json:"requester_system,omitempty"`
	Transaction     *uint32          `json:"transaction,omitempty"`

	subtype int    // -1 if the frame ends before it
	note    string // remark if the capture cut the frame
}

// end is one end of the link.
type end struct {
	SystemPriority uint16          `json:"system_priority"`
	System         lacp.MAC        `json:"system"`
	Key            lacp.Key        `json:"key"`
	PortPriority   uint16          `json:"port_priority"`
	Port           lacp.PortNumber `json:"port"`
	State          string          `json:"state"`
	Flags          []string        `json:"flags"`

	info lacp.Info
}

// tlv is a field after those of version 1. Value is hexadecimal.
type tlv struct {
	Type   uint8  `json:"type"`
	Value  string `json:"value"`
	Broken bool   `json:"broken,omitempty"` // its length does not fit the PDU
}

// timeLayout is RFC 3339 with all nine digits of the nanoseconds.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

func newRecord(f *slowFrame) *record {
	slow := &f.slow
	r := &record{
		Frame:   f.Number,
		Time:    f.Time.UTC().Format(timeLayout),
		Type:    slow.Kind.String(),
		Source:  slow.Source,
		Dest:    slow.Destination,
		VLANs:   make([]uint16, slow.Tags),
		Cut:     max(f.cut(), 0),
		subtype: -1,
		note:    f.cutNote(),
	}
	for i := range r.VLANs {
		r.VLANs[i] = binary.BigEndian.Uint16(f.Data[14+4*i:]) & 0x0fff
	}
	if len(slow.PDU) > 0 {
		r.subtype = int(slow.PDU[0])
	}
	switch slow.Kind {
	case lacp.SlowLACPDU:
		r.addLACPDU(f)
	case lacp.SlowMarker, lacp.SlowMarkerResponse:
		r.addMarker(slow.PDU)
	case lacp.SlowIllegal:
		r.Error = explain(slow) + r.note
	}
	return r
}

// addLACPDU adds the fields of a LACPDU that the capture holds whole.
func (r *record) addLACPDU(f *slowFrame) {
	r.Version, r.Actor = &f.pdu.Version, newEnd(f.pdu.Actor)
	if f.known >= partnerEnd {
		r.Partner = newEnd(f.pdu.Partner)
	}
	if f.known >= maxDelayEnd {
		r.CollectorMaxDelay = &f.pdu.CollectorMaxDelay
	}
	for t, intact := range lacp.TLVs(f.slow.PDU) {
		r.TLVs = append(r.TLVs, tlv{Type: t.Type, Value: hex.EncodeToString(t.Value), Broken: !intact})
	}
}

func (r *record) addMarker(b []byte) {
	var pdu marker.PDU
	if err := pdu.UnmarshalBinary(b); err != nil {
		r.Type, r.Error = lacp.SlowIllegal.String(), err.Error()
		return
	}
	version := b[1]
	r.Version = &version
	r.RequesterPort, r.RequesterSystem, r.Transaction = &pdu.RequesterPort, &pdu.RequesterSystem, &pdu.TransactionID
}

func newEnd(i lacp.Info) *end {
	return &end{
		SystemPriority: i.System.Priority,
		System:         i.System.MAC,
		Key:            i.Key,
		PortPriority:   i.Port.Priority,
		Port:           i.Port.Number,
		State:          fmt.Sprintf("0x%02x", uint8(i.State)),
		Flags:          i.State.Flags(),
		info:           i,
	}
}
