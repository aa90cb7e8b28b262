package chassistest

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// testDirectory tests what chassis publish and keep.
func testDirectory(t *testing.T, open func() chassis.Store) {
	t.Helper()
	d := directoryBed{t, open().(chassis.Directory), open().(chassis.Directory)}
	d.publish()
	d.limit()
	d.keep()
	d.leave()
	if err := d.b.Close(); err != nil {
		t.Error(err)
	}
}

// directoryBed is a directory as two chassis see it.
type directoryBed struct {
	t    *testing.T
	a, b chassis.Directory
}

// say publishes a text; nil withdraws it.
func (d *directoryBed) say(s chassis.Directory, me chassis.ID, lag string, text []byte) {
	d.t.Helper()
	if err := s.Publish(d.t.Context(), me, lag, text); err != nil {
		d.t.Fatalf("%s publishes %d octets about %q: %v", me, len(text), lag, err)
	}
}

// read returns what is published, as "A=text B=text".
func (d *directoryBed) read(s chassis.Directory, lag string) string {
	d.t.Helper()
	all, err := s.Published(d.t.Context(), lag)
	if err != nil {
		d.t.Fatalf("what is published about %q: %v", lag, err)
	}
	var said []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		said = append(said, string(id)+"="+string(all[id]))
	}
	return strings.Join(said, " ")
}

// reads fails the test unless both chassis read what is wanted.
func (d *directoryBed) reads(lag, want string) {
	d.t.Helper()
	for i, s := range []chassis.Directory{d.a, d.b} {
		if got := d.read(s, lag); got != want {
			d.t.Errorf("chassis %d of 2 reads %q about %q, want %q", i+1, got, lag, want)
		}
	}
}

// publish tests that texts are replaced and withdrawn, each for its LAG and chassis alone.
func (d *directoryBed) publish() {
	d.t.Helper()
	d.reads(storeLAG, "")
	drain(d.b)
	d.say(d.a, "A", storeLAG, []byte("one"))
	awaitHint(d.t, d.b)
	d.say(d.b, "B", storeLAG, []byte("two"))
	d.say(d.a, "A", "", []byte("itself"))
	d.reads(storeLAG, "A=one B=two")
	d.reads("", "A=itself")
	d.reads("bond1", "")
	d.say(d.a, "A", storeLAG, []byte("three"))
	d.reads(storeLAG, "A=three B=two")
	d.say(d.b, "B", storeLAG, nil)
	d.say(d.b, "B", storeLAG, nil) // there is nothing left to withdraw
	d.reads(storeLAG, "A=three")
}

// limit tests the length of a text.
func (d *directoryBed) limit() {
	d.t.Helper()
	long := bytes.Repeat([]byte("x"), mostText+1)
	d.say(d.a, "A", "", long[:mostText])
	if got := d.read(d.b, ""); got != "A="+string(long[:mostText]) {
		d.t.Errorf("a text of %d octets: %d read", mostText, len(got)-2)
	}
	if err := d.a.Publish(d.t.Context(), "A", "", long); err == nil {
		d.t.Errorf("a text of %d octets gives no error", len(long))
	}
}

// keep tests that the first text stays.
func (d *directoryBed) keep() {
	d.t.Helper()
	for _, try := range []struct {
		by               chassis.Directory
		name, text, want string
	}{
		{d.a, "number/1", "A", "A"}, {d.b, "number/1", "B", "A"}, {d.b, "number/2", "B", "B"}, {d.a, "number/2", "A", "B"}, {d.a, "number/1", "", "A"},
	} {
		if got, err := try.by.Keep(d.t.Context(), try.name, []byte(try.text)); err != nil || string(got) != try.want {
			d.t.Errorf("Keep(%s, %q) = %q, %v, want %q", try.name, try.text, got, err, try.want)
		}
	}
}

// leave tests that what a chassis has published vanishes after it has gone. What it keeps stays.
func (d *directoryBed) leave() {
	d.t.Helper()
	d.say(d.b, "B", storeLAG, []byte("stays"))
	if err := d.a.Close(); err != nil {
		d.t.Error(err)
	}
	deadline := time.Now().Add(patience)
	for d.read(d.b, storeLAG) != "B=stays" || d.read(d.b, "") != "" {
		if time.Now().After(deadline) {
			d.t.Fatalf("%v after A has gone: %q and %q are published", patience, d.read(d.b, storeLAG), d.read(d.b, ""))
		}
		select {
		case <-d.b.Changes():
		case <-time.After(time.Second):
		}
	}
	if got, err := d.b.Keep(d.t.Context(), "number/1", []byte("B")); err != nil || string(got) != "A" {
		d.t.Errorf("what A has kept before it has gone: %q, %v, want %q", got, err, "A")
	}
	if _, err := d.a.Published(d.t.Context(), storeLAG); err == nil {
		d.t.Error("a closed directory gives no error")
	}
}

// drain takes the hints that came before.
func drain(s chassis.Store) {
	for {
		select {
		case <-s.Changes():
		default:
			return
		}
	}
}
