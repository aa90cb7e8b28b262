package chassis

import (
	"encoding/binary"
	"errors"
)

// A message is encoded as a version, the names, and numbers in big-endian order.
const (
	codecVersion = 1
	maxName      = 64                             // octets of a name
	numbersLen   = 8*6 + 4 + 1                    // Boot to GrantSeq, the score, the flags
	maxMessage   = 1 + 4*(1+maxName) + numbersLen // of an encoded message
	flagAsks     = 1
)

// ErrMessage is returned for a datagram that is no message of this group.
var ErrMessage = errors.New("chassis: message is malformed")

// appendMessage appends the encoding of a message about a LAG of a group.
func appendMessage(b []byte, group, lag string, m *Message) []byte {
	b = append(b, codecVersion)
	for _, name := range [...]string{group, lag, string(m.From), string(m.To)} {
		b = append(b, byte(len(name)))
		b = append(b, name...)
	}
	for _, v := range [...]uint64{m.Boot, m.Seq, m.Epoch, m.Members, m.GrantBoot, m.GrantSeq} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(int32(m.Score)))
	if m.Asks {
		return append(b, flagAsks)
	}
	return append(b, 0)
}

// parseMessage decodes a message.
func parseMessage(b []byte) (group, lag string, m Message, err error) {
	if len(b) == 0 || len(b) > maxMessage || b[0] != codecVersion {
		return "", "", m, ErrMessage
	}
	b = b[1:]
	var names [4]string
	for i := range names {
		if len(b) == 0 || int(b[0]) > maxName || len(b) < 1+int(b[0]) {
			return "", "", m, ErrMessage
		}
		names[i], b = string(b[1:1+b[0]]), b[1+b[0]:]
	}
	if len(b) != numbersLen || b[numbersLen-1] > flagAsks {
		return "", "", m, ErrMessage
	}
	m.From, m.To = ID(names[2]), ID(names[3])
	for i, v := range [...]*uint64{&m.Boot, &m.Seq, &m.Epoch, &m.Members, &m.GrantBoot, &m.GrantSeq} {
		*v = binary.BigEndian.Uint64(b[8*i:])
	}
	m.Score = int(int32(binary.BigEndian.Uint32(b[8*6:])))
	m.Asks = b[numbersLen-1] == flagAsks
	return names[0], names[1], m, nil
}
