package handover

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
)

// Version is the version of the messages.
const Version = 1

// Offer describes what is handed over.
type Offer struct {
	Version int    `json:"version"`
	Config  []byte `json:"config"` // the text of the file that the bonds were made from
	Bonds   []Bond `json:"bonds"`
	Socket  Part   `json:"socket"` // the listener of the control socket; Count 0: none
}

// Bond is a bond that is handed over.
type Bond struct {
	Name  string            `json:"name"`
	Plane string            `json:"plane"` // what carries its frames
	Why   string            `json:"why,omitempty"`
	Ports map[string]string `json:"ports,omitempty"` // the names in the bond of the file's ports

	// State and Files are a bond.Handed. Without them the successor finds the bond's state where
	// a warm restart does.
	State json.RawMessage `json:"state,omitempty"`
	Files Part            `json:"files"`
}

// Part is a part of the descriptors.
type Part struct {
	From  int `json:"from"`
	Count int `json:"count"`
}

// Of returns the part. It returns an error if there are fewer descriptors.
func (p Part) Of(files []int) ([]int, error) {
	if p.From < 0 || p.Count < 0 || p.From > len(files) || p.Count > len(files)-p.From {
		return nil, fmt.Errorf("handover: descriptors %d to %d, allowed: 0 to %d", p.From, p.From+p.Count, len(files))
	}
	return files[p.From : p.From+p.Count], nil
}

// The words of both sides.
const (
	Ready = "ready" // the successor can go on
	Go    = "go"    // the bonds are the successor's
	No    = "no"    // they are not
)

// Limits of a message.
const (
	maxOffer = 64 << 20 // octets
	maxFiles = 8192
	maxWord  = 16
)

// WriteWord sends a word.
func WriteWord(conn net.Conn, word string) error {
	_, err := conn.Write([]byte(word + "\n"))
	return err
}

// ReadWord reads a word. Its error is io.EOF if the other side has closed the connection or is
// gone.
func ReadWord(conn net.Conn) (string, error) {
	var word []byte
	for len(word) <= maxWord {
		var b [1]byte
		if _, err := io.ReadFull(conn, b[:]); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			return string(word), nil
		}
		word = append(word, b[0])
	}
	return "", errors.New("handover: a word that is too long")
}

// header is the length of an offer and the number of descriptors.
type header struct{ Octets, Files uint32 }

// encode returns an offer with its header.
func encode(o *Offer, files int) ([]byte, error) {
	o.Version = Version
	b, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	if len(b) > maxOffer || files > maxFiles {
		return nil, fmt.Errorf("handover: %d octets and %d descriptors, allowed: at most %d and %d", len(b), files, maxOffer, maxFiles)
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(len(b)))
	out = binary.BigEndian.AppendUint32(out, uint32(files))
	return append(out, b...), nil
}

const headerLen = 8

// decodeHeader reads the header of an offer.
func decodeHeader(b []byte) (header, error) {
	h := header{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
	if h.Octets > maxOffer || h.Files > maxFiles {
		return h, fmt.Errorf("handover: an offer of %d octets and %d descriptors, allowed: at most %d and %d", h.Octets, h.Files, maxOffer, maxFiles)
	}
	return h, nil
}

// decode reads an offer without its header.
func decode(b []byte) (*Offer, error) {
	o := new(Offer)
	if err := json.Unmarshal(b, o); err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	if o.Version != Version {
		return nil, fmt.Errorf("handover: version %d, allowed: %d", o.Version, Version)
	}
	return o, nil
}
