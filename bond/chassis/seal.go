package chassis

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// sealLen is what a seal adds to a message: a number and an HMAC-SHA256.
const sealLen = 8 + sha256.Size

// sealer makes authentic datagrams of messages.
type sealer struct {
	secret []byte
	number uint64 // of the last datagram
}

// seal appends a number that no other datagram of this life has, and the HMAC of all of it.
func (s *sealer) seal(message []byte) []byte {
	s.number++
	b := binary.BigEndian.AppendUint64(message, s.number)
	return append(b, tag(s.secret, b)...)
}

func tag(secret, b []byte) []byte {
	h := hmac.New(sha256.New, secret)
	_, _ = h.Write(b) // never fails
	return h.Sum(nil)
}

// unseal returns the message of an authentic datagram and its number; false for any other.
func unseal(secret, datagram []byte) (message []byte, number uint64, ok bool) {
	end := len(datagram) - sha256.Size
	if end < 8 || !hmac.Equal(datagram[end:], tag(secret, datagram[:end])) {
		return nil, 0, false
	}
	return datagram[:end-8], binary.BigEndian.Uint64(datagram[end-8 : end]), true
}

// window lets each datagram of another chassis pass once, even if it comes over several paths or is
// recorded and sent again. A new life of the sender begins a new window; an earlier life never comes
// back.
type window struct {
	boot   uint64
	newest uint64   // number
	seen   uint64   // bit i: the datagram with number newest-i came
	past   []uint64 // earlier lives, oldest first
}

// maxPast is how many earlier lives of a chassis are remembered.
const maxPast = 64

// admit reports whether a datagram is new.
func (w *window) admit(boot, number uint64) bool {
	switch {
	case number == 0 || slices.Contains(w.past, boot):
		return false
	case boot != w.boot:
		if w.boot != 0 {
			w.past = append(w.past, w.boot)
		}
		if len(w.past) > maxPast {
			w.past = slices.Delete(w.past, 0, 1)
		}
		w.boot, w.newest, w.seen = boot, number, 1
		return true
	case number > w.newest:
		w.seen = w.seen<<(number-w.newest) | 1
		w.newest = number
		return true
	}
	bit := uint64(1) << (w.newest - number)
	if bit == 0 || w.seen&bit != 0 {
		return false
	}
	w.seen |= bit
	return true
}
