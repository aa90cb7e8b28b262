package chassis

import (
	"bytes"
	"strings"
	"testing"
)

var sample = Message{
	From: "head-a", To: "head-b", Boot: 1<<63 + 1, Seq: 2, Epoch: 3, Members: 4, Score: -5, Asks: true, GrantBoot: 6, GrantSeq: 7,
}

func TestMessageEncoding(t *testing.T) {
	for _, want := range []Message{{}, sample, {From: ID(strings.Repeat("x", maxName)), To: ID(strings.Repeat("y", maxName)), Score: 1<<31 - 1}} {
		b := appendMessage(nil, "group", "bond0", &want)
		group, lag, got, err := parseMessage(b)
		if err != nil || group != "group" || lag != "bond0" || got != want {
			t.Errorf("decoded %q, %q, %+v, %v; want group, bond0, %+v", group, lag, got, err, want)
		}
		if len(b) > maxMessage {
			t.Errorf("%d octets, want at most %d", len(b), maxMessage)
		}
		for n := range len(b) {
			if _, _, _, err := parseMessage(b[:n]); err == nil {
				t.Errorf("the first %d octets of %d give no error", n, len(b))
			}
		}
		if _, _, _, err := parseMessage(append(b, 0)); err == nil {
			t.Error("an octet after the end gives no error")
		}
	}
	b := appendMessage(nil, "group", "bond0", &sample)
	for at, value := range map[int]byte{0: 2, 1: maxName + 1, len(b) - 1: 2} {
		c := bytes.Clone(b)
		c[at] = value
		if _, _, _, err := parseMessage(c); err == nil {
			t.Errorf("octet %d is %d: no error", at, value)
		}
	}
}

func TestSeal(t *testing.T) {
	secret := []byte("0123456789abcdef")
	s := sealer{secret: secret}
	message := appendMessage(nil, "group", "bond0", &sample)
	first, second := s.seal(bytes.Clone(message)), s.seal(bytes.Clone(message))
	got, number, ok := unseal(secret, second)
	if !ok || number != 2 || !bytes.Equal(got, message) || len(second) != len(message)+sealLen {
		t.Errorf("unsealed %x, number %d, %v; want %x, 2, true", got, number, ok, message)
	}
	for i := range first {
		c := bytes.Clone(first)
		c[i] ^= 0x10
		if _, _, ok := unseal(secret, c); ok {
			t.Errorf("octet %d changed: authentic", i)
		}
		if _, _, ok := unseal(secret, first[:i]); ok {
			t.Errorf("the first %d octets are authentic", i)
		}
	}
	if _, _, ok := unseal([]byte("another secret.."), first); ok {
		t.Error("authentic with another secret")
	}
}

func TestWindow(t *testing.T) {
	w := new(window)
	for i, step := range []struct {
		boot, number uint64
		want         bool
	}{
		{1, 0, false}, {1, 5, true}, {1, 5, false}, {1, 4, true}, {1, 4, false}, {1, 70, true}, {1, 6, false},
		{1, 7, true}, {1, 7, false}, {1, 1000, true}, {1, 70, false}, {1, 999, true},
		{2, 1, true}, {1, 2000, false}, {2, 1, false}, {2, 3, true}, {2, 2, true}, {2, 1 << 63, true}, {2, 4, false},
	} {
		if got := w.admit(step.boot, step.number); got != step.want {
			t.Errorf("step %d: datagram %d of life %d admitted %v, want %v", i, step.number, step.boot, got, step.want)
		}
	}
	for boot := range uint64(1000) {
		w.admit(boot+3, 1)
	}
	if len(w.past) != maxPast || w.admit(1001, 9) {
		t.Errorf("%d earlier lives are remembered, want %d and the last of them refused", len(w.past), maxPast)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(appendMessage(nil, "group", "bond0", &sample))
	f.Add([]byte{codecVersion, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		group, lag, m, err := parseMessage(b)
		if err != nil {
			return
		}
		if again := appendMessage(nil, group, lag, &m); !bytes.Equal(again, b) {
			t.Errorf("%x became %x", b, again)
		}
	})
}
