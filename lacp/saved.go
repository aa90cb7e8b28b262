package lacp

import (
	"encoding/binary"
	"errors"
	"time"
)

// Saved is the protocol state of a System. After a restart of the process, a new
// System continues from it ([System.Restore]).
type Saved struct {
	At    time.Time // when it was saved, in wall-clock time
	Ports []SavedPort
}

// SavedPort is the state of one port that had a partner.
type SavedPort struct {
	Actor      Info // Actor_Oper values; only a port with the same values is restored
	Partner    Info // Partner_Oper values
	Mux        MuxState
	Aggregator AggregatorID
	Valid      time.Duration // how long after At the partner's last LACPDU is valid
}

// pending is a saved port that waits for its link.
type pending struct {
	SavedPort
	until instant // when the partner is lost
}

// Saved is encoded as a header followed by the ports. Each port is a LACPDU with its
// values followed by three numbers. All numbers are big-endian.
const (
	savedMagic   = "LAGS\x01"
	savedHeader  = len(savedMagic) + 8 + 2
	savedPortLen = PDULen + 1 + 2 + 8
)

// ErrSaved is returned for data that does not encode a [Saved].
var ErrSaved = errors.New("lacp: saved state is invalid or truncated")

// AppendBinary appends the encoding of v to b. The error is always nil.
func (v Saved) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, savedMagic...)
	b = binary.BigEndian.AppendUint64(b, uint64(v.At.UnixNano()))
	b = binary.BigEndian.AppendUint16(b, uint16(len(v.Ports)))
	for i := range v.Ports {
		p := &v.Ports[i]
		pdu := PDU{Actor: p.Actor, Partner: p.Partner}
		b, _ = pdu.AppendBinary(b)
		b = append(b, byte(p.Mux))
		b = binary.BigEndian.AppendUint16(b, uint16(p.Aggregator))
		b = binary.BigEndian.AppendUint64(b, uint64(p.Valid))
	}
	return b, nil
}

// MarshalBinary returns the encoding of v. The error is always nil.
func (v Saved) MarshalBinary() ([]byte, error) { return v.AppendBinary(nil) }

// UnmarshalBinary decodes v from b. It accepts no octets after the encoding. The error
// is [ErrSaved]; v is then unchanged.
func (v *Saved) UnmarshalBinary(b []byte) error {
	if len(b) < savedHeader || string(b[:len(savedMagic)]) != savedMagic {
		return ErrSaved
	}
	at := int64(binary.BigEndian.Uint64(b[len(savedMagic):]))
	n := int(binary.BigEndian.Uint16(b[savedHeader-2:]))
	b = b[savedHeader:]
	if len(b) != n*savedPortLen {
		return ErrSaved
	}
	ports := make([]SavedPort, n)
	for i := range ports {
		p := &ports[i]
		var pdu PDU
		if pdu.UnmarshalBinary(b[:PDULen]) != nil {
			return ErrSaved
		}
		p.Actor, p.Partner = pdu.Actor, pdu.Partner
		p.Mux = MuxState(b[PDULen])
		p.Aggregator = AggregatorID(binary.BigEndian.Uint16(b[PDULen+1:]))
		p.Valid = time.Duration(binary.BigEndian.Uint64(b[PDULen+3:]))
		b = b[savedPortLen:]
		if !p.restorable() {
			return ErrSaved
		}
	}
	*v = Saved{time.Unix(0, at), ports}
	return nil
}

// restorable reports whether the values are such as a System saves.
func (p *SavedPort) restorable() bool {
	return p.Mux >= MuxAttached && p.Mux <= MuxCollectingDistributing && p.Aggregator != 0 &&
		p.Valid > 0 && p.Valid <= 20*SlowPeriodicTime && p.Actor.Port.Number != 0
}
