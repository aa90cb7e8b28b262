package logsum

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// buffer collects what the logger and its timers write.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// take returns the text and empties the buffer.
func (b *buffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.text.Reset()
	return b.text.String()
}

// newLog returns a logger that writes text without times.
func newLog(b *buffer) (*slog.Logger, *Handler) {
	h := New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "last" {
			return slog.Attr{}
		}
		return a
	}}))
	return slog.New(h), h
}

func wantLog(t *testing.T, b *buffer, want ...string) {
	t.Helper()
	synctest.Wait()
	got := strings.Split(strings.TrimSuffix(b.take(), "\n"), "\n")
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestFlappingMemberGivesALineAndThenASum checks what 50 changes in a minute look like.
func TestFlappingMemberGivesALineAndThenASum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b buffer
		log, _ := newLog(&b)
		log = log.With("bond", "bond0")
		for i := range 25 {
			log.Warn("member changed", "member", "eth1", "from", "Distributing", "to", "LinkDown", "n", i)
			time.Sleep(time.Second)
			log.Info("member changed", "member", "eth1", "from", "LinkDown", "to", "Distributing", "n", i)
			time.Sleep(time.Second)
		}
		log.Info("member changed", "member", "eth2", "from", "LinkDown", "to", "Distributing")
		wantLog(t, &b,
			`level=WARN msg="member changed" bond=bond0 member=eth1 from=Distributing to=LinkDown n=0`,
			`level=INFO msg="member changed" bond=bond0 member=eth1 from=LinkDown to=Distributing n=0`,
			`level=INFO msg="member changed" bond=bond0 member=eth2 from=LinkDown to=Distributing`)
		time.Sleep(Window)
		wantLog(t, &b,
			`level=WARN msg="member changed" bond=bond0 member=eth1 from=Distributing to=LinkDown n=24 repeated=24`,
			`level=INFO msg="member changed" bond=bond0 member=eth1 from=LinkDown to=Distributing n=24 repeated=24`)
		time.Sleep(Window)
		log.Warn("member changed", "member", "eth1", "from", "Distributing", "to", "LinkDown")
		wantLog(t, &b, `level=WARN msg="member changed" bond=bond0 member=eth1 from=Distributing to=LinkDown`)
		time.Sleep(2 * Window)
		wantLog(t, &b, "")
	})
}

// TestWhatIsNotSummedUp checks that records of other causes, of users, and without a bond are all
// written.
func TestWhatIsNotSummedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b buffer
		log, _ := newLog(&b)
		for range 2 {
			log.Info("configuration read again", "bonds", 1)
			log.Info("member drained", "uid", 0, "bond", "b", "member", "e")
			log.Info("transition", "bond", "b", "machine", "Mux", "to", "ATTACHED")
			log.WithGroup("g").Info("x", "bond", "b")
		}
		log.Error("bond not opened", "bond", "b", "error", errors.New("one"))
		log.Error("bond not opened", "bond", "b", "error", errors.New("two"))
		wantLog(t, &b,
			`level=INFO msg="configuration read again" bonds=1`, `level=INFO msg="member drained" uid=0 bond=b member=e`, `level=INFO msg=transition bond=b machine=Mux to=ATTACHED`, `level=INFO msg=x g.bond=b`,
			`level=INFO msg="configuration read again" bonds=1`, `level=INFO msg="member drained" uid=0 bond=b member=e`, `level=INFO msg=transition bond=b machine=Mux to=ATTACHED`, `level=INFO msg=x g.bond=b`,
			`level=ERROR msg="bond not opened" bond=b error=one`, `level=ERROR msg="bond not opened" bond=b error=two`)
	})
}

func TestFlushWritesTheSumsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b buffer
		log, h := newLog(&b)
		for range 3 {
			log.Info("x", "bond", "b")
		}
		h.Flush()
		wantLog(t, &b, `level=INFO msg=x bond=b`, `level=INFO msg=x bond=b repeated=2`)
		time.Sleep(2 * Window)
		wantLog(t, &b, "")
	})
}

// TestMemoryIsBounded checks that no more than maxCauses are remembered, and that records of
// others are written.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b buffer
		log, h := newLog(&b)
		for i := range 2 * maxCauses {
			for range 2 {
				log.Info("x", "bond", fmt.Sprint(i))
			}
		}
		if got := len(h.sums.causes); got != maxCauses {
			t.Errorf("%d causes are remembered, want %d", got, maxCauses)
		}
		if got, want := strings.Count(b.take(), "\n"), maxCauses+2*maxCauses; got != want {
			t.Errorf("%d records were written, want %d", got, want)
		}
		time.Sleep(2 * Window)
		b.take()
		log.Info("y", "bond", "new")
		log.Info("y", "bond", "new")
		if got := strings.Count(b.take(), "\n"); got != 1 {
			t.Errorf("%d records were written once the window is over, want 1", got)
		}
	})
}
