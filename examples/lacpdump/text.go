package main

import (
	"fmt"
	"strconv"
)

// appendText appends the line of a frame.
func (r *record) appendText(b []byte) []byte {
	b = fmt.Appendf(b, "%s #%d %s > %s", r.Time, r.Frame, r.Source, r.Dest)
	for _, id := range r.VLANs {
		b = fmt.Appendf(b, " vlan %d", id)
	}
	b = append(b, ' ')
	b = append(b, r.Type...)
	if r.Version != nil {
		b = fmt.Appendf(b, " v%d", *r.Version)
	}
	switch {
	case r.Error != "":
		b = append(b, ": "...)
		return append(append(b, r.Error...), '\n')
	case r.Actor != nil:
		b = r.appendLACPDU(b)
	case r.Transaction != nil:
		b = fmt.Appendf(b, " port %d system %s transaction %#08x", *r.RequesterPort, r.RequesterSystem, *r.Transaction)
	default:
		b = fmt.Appendf(b, " subtype %d", r.subtype)
	}
	b = append(b, r.note...)
	return append(b, '\n')
}

// appendLACPDU appends the fields of the PDU that the capture holds.
func (r *record) appendLACPDU(b []byte) []byte {
	b = r.Actor.appendText(b, " actor ")
	if r.Partner != nil {
		b = r.Partner.appendText(b, " partner ")
	}
	if r.CollectorMaxDelay != nil {
		b = fmt.Appendf(b, " max-delay %d", *r.CollectorMaxDelay)
	}
	return r.appendTLVs(b)
}

func (e *end) appendText(b []byte, who string) []byte {
	b = append(b, who...)
	b = append(b, e.info.System.String()...)
	return fmt.Appendf(b, " key %d port %04x,%d %s", e.Key, e.PortPriority, e.Port, e.info.State)
}

// appendTLVs appends the types of the TLVs that follow the Collector information.
func (r *record) appendTLVs(b []byte) []byte {
	if len(r.TLVs) == 0 {
		return b
	}
	b = append(b, " tlvs"...)
	for _, t := range r.TLVs {
		b = append(b, " 0x"...)
		b = strconv.AppendUint(b, uint64(t.Type), 16)
		if t.Broken {
			b = append(b, "(broken)"...)
		}
	}
	return b
}
