package main

import (
	"errors"
	"fmt"

	"github.com/lagkit/lagkit/lacp"
)

// explain returns the reason why a frame is illegal, with the values found in it.
func explain(slow *lacp.SlowFrame) string {
	pdu := slow.PDU
	switch err := slow.Err; {
	case errors.Is(err, lacp.ErrShort):
		return fmt.Sprintf("PDU of %d octets, at least %d wanted", len(pdu), lacp.PDULen)
	case errors.Is(err, lacp.ErrSubtype):
		return fmt.Sprintf("subtype %d, only 1 to 10 may occur", pdu[0])
	case errors.Is(err, lacp.ErrMarkerType):
		return fmt.Sprintf("Marker information type %d, want 1 (Marker) or 2 (Marker Response)", pdu[2])
	case errors.Is(err, lacp.ErrLength):
		if pdu[0] == 2 {
			return fmt.Sprintf("Marker information length %d, want 16", pdu[3])
		}
		return fmt.Sprintf("Actor, Partner, Collector information lengths %d, %d, %d, want 20, 20, 16", pdu[3], pdu[23], pdu[43])
	}
	return fmt.Sprint(slow.Err)
}
