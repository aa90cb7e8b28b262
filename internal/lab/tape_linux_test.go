package lab

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/capture"
)

// tape records the frames on the cables of a bed.
type tape struct {
	mu     sync.Mutex
	on     bool
	frames []taped
}

type taped struct {
	at    time.Time
	plug  string
	lost  bool
	slow  bool
	frame []byte
}

// tapedData is how many data frames of each plug are kept, enough to show that there are some.
const tapedData = 3

// tapeLimit bounds a recording.
const tapeLimit = 2000

func (t *tape) start() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on, t.frames = true, nil
}

func (t *tape) record(p *plug, frame []byte, slow, lost bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.on || len(t.frames) >= tapeLimit {
		return
	}
	if !slow {
		n := 0
		for _, f := range t.frames {
			if f.plug == p.name && !f.slow {
				n++
			}
		}
		if n >= tapedData {
			return
		}
	}
	t.frames = append(t.frames, taped{time.Now(), p.name, lost, slow, bytes.Clone(frame)})
}

// atSecondEnd reports whether a frame is kept of a case: those that the second end has sent
// or received on the case's cable are.
func (p *pair) atSecondEnd(f taped) bool {
	return f.plug == p.focus.b.name || f.plug == p.focus.a.name && !f.lost
}

// stop ends the recording and returns the frames of the wanted plugs as a capture file.
func (t *tape) stop(tb testing.TB, want func(taped) bool) (file []byte, frames int) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on = false
	var out bytes.Buffer
	w, err := capture.NewWriter(&out)
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range t.frames {
		if !want(f) {
			continue
		}
		if err := w.Write(f.at, f.frame); err != nil {
			tb.Fatal(err)
		}
		frames++
	}
	return out.Bytes(), frames
}
