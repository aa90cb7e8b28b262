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
	Epoch uint64    // set by the caller: of the permission that the ports had; see package chassis
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

// Saved is encoded as a header followed by the ports: a magic number, the time, the epoch if it is
// not 0, and how many ports follow. The magic number shows whether there is an epoch. Each port is
// a LACPDU with its values followed by three numbers. All numbers are big-endian.
const (
	savedMagic      = "LAGS\x01"
	savedMagicEpoch = "LAGS\x02"
	savedHeader     = len(savedMagic) + 8 + 2
	savedPortLen    = PDULen + 1 + 2 + 8
)

// ErrSaved is returned for data that does not encode a [Saved].
var ErrSaved = errors.New("lacp: saved state is invalid or truncated")

// AppendBinary appends the encoding of v to b. The error is always nil.
func (v Saved) AppendBinary(b []byte) ([]byte, error) {
	if v.Epoch == 0 {
		b = append(b, savedMagic...)
	} else {
		b = append(b, savedMagicEpoch...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(v.At.UnixNano()))
	if v.Epoch != 0 {
		b = binary.BigEndian.AppendUint64(b, v.Epoch)
	}
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
	at, epoch, n, b := readSavedHeader(b)
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
	*v = Saved{At: time.Unix(0, at), Epoch: epoch, Ports: ports}
	return nil
}

// readSavedHeader returns the time, the epoch and the number of ports, and what follows; -1 ports
// if the header is invalid.
func readSavedHeader(b []byte) (at int64, epoch uint64, ports int, rest []byte) {
	if len(b) < savedHeader {
		return 0, 0, -1, nil
	}
	magic := string(b[:len(savedMagic)])
	at = int64(binary.BigEndian.Uint64(b[len(savedMagic):]))
	b = b[savedHeader-2:]
	if magic == savedMagicEpoch && len(b) >= 8+2 {
		epoch, b = binary.BigEndian.Uint64(b), b[8:]
	}
	if magic != savedMagic && epoch == 0 {
		return 0, 0, -1, nil
	}
	return at, epoch, int(binary.BigEndian.Uint16(b)), b[2:]
}

// restorable reports whether the values are such as a System saves.
func (p *SavedPort) restorable() bool {
	return p.Mux >= MuxAttached && p.Mux <= MuxCollectingDistributing && p.Aggregator != 0 &&
		p.Valid > 0 && p.Valid <= 20*SlowPeriodicTime && p.Actor.Port.Number != 0
}
