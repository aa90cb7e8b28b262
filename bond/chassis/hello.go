package chassis

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
)

// hello is the first thing that each end of a connection sends.
type hello struct {
	group    string
	from, to ID
	boot     uint64
	raw      []byte // as sent
}

// nonceLen is how many random octets a hello has.
const nonceLen = 16

var errHello = errors.New("chassis: not a chassis of this group")

// newHello returns a hello with random octets.
func newHello(group string, from, to ID, boot uint64) *hello {
	h := &hello{group: group, from: from, to: to, boot: boot, raw: []byte{codecVersion}}
	for _, name := range [...]string{group, string(from), string(to)} {
		h.raw = append(append(h.raw, byte(len(name))), name...)
	}
	h.raw = binary.BigEndian.AppendUint64(h.raw, boot)
	nonce := make([]byte, nonceLen)
	_, _ = rand.Read(nonce) // never fails
	h.raw = append(h.raw, nonce...)
	return h
}

// readHello reads a hello.
func readHello(r io.Reader) (*hello, error) {
	h := new(hello)
	next := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil
		}
		h.raw = append(h.raw, b...)
		return b
	}
	if b := next(1); b == nil || b[0] != codecVersion {
		return nil, errHello
	}
	var names [3]string
	for i := range names {
		n := next(1)
		if n == nil || n[0] > maxName {
			return nil, errHello
		}
		names[i] = string(next(int(n[0])))
	}
	boot := next(8)
	if boot == nil || next(nonceLen) == nil {
		return nil, errHello
	}
	h.group, h.from, h.to, h.boot = names[0], ID(names[1]), ID(names[2]), binary.BigEndian.Uint64(boot)
	return h, nil
}

// The labels of the two tags of a connection.
const (
	labelAccepted = "accepted\x00"
	labelDialed   = "dialed\x00"
)

// helloTag returns an HMAC. It shows that one end has the secret and has read the hello of the other one.
func helloTag(secret []byte, label string, dialed, accepted *hello) []byte {
	h := hmac.New(sha256.New, secret)
	for _, b := range [][]byte{[]byte(label), dialed.raw, accepted.raw} {
		_, _ = h.Write(b) // never fails
	}
	return h.Sum(nil)
}

// readTag reads and checks a tag.
func readTag(r io.Reader, want []byte) error {
	got := make([]byte, sha256.Size)
	if _, err := io.ReadFull(r, got); err != nil || !hmac.Equal(got, want) {
		return errHello
	}
	return nil
}
