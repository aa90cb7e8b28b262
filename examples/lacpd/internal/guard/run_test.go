package guard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeWatch notes the orders that it reads. At their end it has taken eth1 down, unless the last one
// was dismiss.
func fakeWatch(note func(string)) Watch {
	return func(orders io.Reader, _ io.Writer, patience time.Duration) ([]string, error) {
		note("begin " + patience.String())
		for s := bufio.NewScanner(orders); s.Scan(); {
			note(s.Text())
			if s.Text() == orderDismiss {
				return nil, nil
			}
		}
		return []string{"eth1"}, nil
	}
}

// notes are lines that goroutines add.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) add(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
}

func TestRunPassesOrdersToTheWatchOfTheirBond(t *testing.T) {
	orders := strings.Join([]string{
		"a begin 100ms", "a guard eth1 eth2", "a alive", "x alive", "a dismiss", "a alive",
		"b begin 2s", "b guard", "b begin 3s", "c begin soon", "c alive",
	}, "\n")
	var seen, reports notes
	var answers strings.Builder
	err := Run(strings.NewReader(orders), &answers, fakeWatch(seen.add), func(bond string, down []string, err error) {
		reports.add(fmt.Sprint(bond, " ", down, " ", err))
	})
	if err != nil || answers.String() != answerReady {
		t.Errorf("Run: answers %q, error %v, want %q", &answers, err, answerReady)
	}
	slices.Sort(seen.lines)
	want := []string{"alive", "begin 100ms", "begin 2s", "dismiss", "guard", "guard eth1 eth2"}
	if !slices.Equal(seen.lines, want) {
		t.Errorf("the watches got %q, want %q", seen.lines, want)
	}
	slices.Sort(reports.lines)
	want = []string{
		"b [] watchdog got an order that it does not know: begin 3s", "b [eth1] <nil>",
		"c [] watchdog got an order that it does not know: begin soon",
	}
	if !slices.Equal(reports.lines, want) {
		t.Errorf("reports %q, want %q", reports.lines, want)
	}
}

// A watch that waits for the kernel does not hold up that of another bond.
func TestRunIsNotHeldUp(t *testing.T) {
	in, out := io.Pipe()
	stuck, alive := make(chan struct{}), make(chan struct{})
	watch := func(orders io.Reader, answers io.Writer, patience time.Duration) ([]string, error) {
		if patience == time.Hour {
			<-stuck
			return nil, errors.New("was stuck")
		}
		_, err := bufio.NewReader(orders).ReadString('\n')
		close(alive)
		return nil, err
	}
	done := make(chan error)
	go func() { done <- Run(in, io.Discard, watch, func(string, []string, error) {}) }()
	send := func(line string) {
		if _, err := io.WriteString(out, line+"\n"); err != nil {
			t.Error(err)
		}
	}
	send("a begin 1h")
	for range 10 * most {
		send("a alive")
	}
	send("b begin 1s")
	send("b alive")
	select {
	case <-alive:
	case <-time.After(time.Minute):
		t.Error("b got no order while a is stuck")
	}
	close(stuck)
	if err := errors.Join(out.Close(), <-done); err != nil {
		t.Error(err)
	}
}
