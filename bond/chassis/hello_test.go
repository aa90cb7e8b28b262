package chassis

import (
	"bytes"
	"strings"
	"testing"
)

func TestHello(t *testing.T) {
	long := strings.Repeat("x", maxName)
	for _, h := range []*hello{newHello("g", "A", "B", 7), newHello(long, ID(long), ID(long), 1<<64-1), newHello("", "", "", 0)} {
		got, err := readHello(bytes.NewReader(append(bytes.Clone(h.raw), "the next thing"...)))
		if err != nil || got.group != h.group || got.from != h.from || got.to != h.to || got.boot != h.boot || !bytes.Equal(got.raw, h.raw) {
			t.Errorf("read %+v, %v; want %+v", got, err, h)
		}
		for n := range len(h.raw) {
			if _, err := readHello(bytes.NewReader(h.raw[:n])); err == nil {
				t.Errorf("the first %d octets of %d give no error", n, len(h.raw))
			}
		}
	}
	if bytes.Equal(newHello("g", "A", "B", 7).raw, newHello("g", "A", "B", 7).raw) {
		t.Error("two connections begin with the same octets")
	}
	if _, err := readHello(bytes.NewReader(newHello(long+"x", "A", "B", 7).raw)); err == nil {
		t.Errorf("a name of %d octets: no error", maxName+1)
	}
	for at, value := range map[int]byte{0: codecVersion + 1, 1: maxName + 1} {
		h := newHello("g", "A", "B", 7)
		h.raw[at] = value
		if _, err := readHello(bytes.NewReader(h.raw)); err == nil {
			t.Errorf("octet %d is %d: no error", at, value)
		}
	}
	a, b := newHello("g", "A", "B", 7), newHello("g", "B", "A", 8)
	tags := map[string]bool{}
	for _, tag := range [][]byte{
		helloTag([]byte("s"), labelDialed, a, b), helloTag([]byte("s"), labelAccepted, a, b), helloTag([]byte("s"), labelDialed, b, a), helloTag([]byte("t"), labelDialed, a, b),
	} {
		tags[string(tag)] = true
	}
	if len(tags) != 4 {
		t.Errorf("%d of 4 tags differ", len(tags))
	}
}

func FuzzHello(f *testing.F) {
	f.Add(newHello("g", "A", "B", 7).raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := readHello(bytes.NewReader(b))
		if err == nil && !bytes.Equal(h.raw, b[:len(h.raw)]) {
			t.Errorf("%x was read as %x", b, h.raw)
		}
	})
}
