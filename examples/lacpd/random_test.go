package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/internal/netlab"
)

// scribe makes random requests: most are nearly right, some are noise.
type scribe struct{ *rand.Rand }

func pick[T any](s scribe, list ...T) T { return list[s.IntN(len(list))] }

// word returns a name or value that is often one that lacpd knows.
func (s scribe) word() string {
	return pick(s, "a", "b", "eth1", "eth2", "eth3", "eth4", "", "lo", "x y", "../..", strings.Repeat("z", 1+s.IntN(300)), "\x00", "ü", "closed", "open",
		"true", "9000", "-1", "[", "{eth1: 3}", "[eth1]", "# no", "&a b", "1e99", "macsec", "LAYER3+4")
}

// text returns the text of a file.
func (s scribe) text() string {
	whole := pick(s, twoBonds, otherBonds, "bonds:\n- {name: b, ports: [eth3, eth4], min_links: 2}\n", "bonds: []", "bonds:\n- {name: a, ports: [eth1], colour: red, mtu: 1}\n")
	switch s.IntN(4) {
	case 0:
		return whole[:s.IntN(len(whole)+1)]
	case 1:
		at := s.IntN(len(whole) + 1)
		return whole[:at] + s.word() + whole[at:]
	}
	return whole
}

func (s scribe) args(command string) any {
	switch command {
	case "drain":
		return map[string]any{"bond": s.word(), "member": s.word(), "drained": pick[any](s, true, false, "yes", nil)}
	case "gate":
		return map[string]any{"bond": s.word(), "member": s.word(), "gate": s.word(), "state": s.word()}
	case "add", "remove":
		return map[string]any{"bond": s.word(), "member": s.word()}
	case "set":
		var keys []any
		for range s.IntN(4) {
			key := pick(s, append(config.Keys(), s.word())...)
			keys = append(keys, map[string]any{"key": key, "value": s.word()})
		}
		return map[string]any{"bond": pick(s, "a", "b", s.word()), "keys": keys}
	case "apply", "diff":
		return map[string]any{"file": s.word(), "text": s.text(), "confirm": pick[any](s, 0, 0, 60, -1, 1e9, "60s")}
	}
	return pick[any](s, nil, map[string]any{}, map[string]any{s.word(): 1}, []int{1}, 7)
}

// line returns a request.
func (s scribe) line() string {
	command := pick(s, "drain", "gate", "add", "remove", "set", "set", "apply", "diff", "confirm", "rollback", "status", s.word())
	raw, err := json.Marshal(map[string]any{"version": pick(s, 1, 1, 1, 1, 0, 2), "id": s.Uint32(), "command": command, "args": s.args(command)})
	if err != nil {
		panic(err)
	}
	line := strings.ReplaceAll(string(raw), "\n", " ")
	switch s.IntN(10) {
	case 0:
		line = line[:s.IntN(len(line))]
	case 1:
		at := s.IntN(len(line))
		line = line[:at] + string(rune(s.IntN(256))) + line[at+1:]
	}
	return strings.ReplaceAll(line, "\n", " ")
}

// state is what a refused message may not change.
type state struct {
	file    string
	running []bond.OpenConfig
}

func (s *served) state(t *testing.T) (st state) {
	t.Helper()
	text, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	st.file = string(text)
	for _, b := range s.host.opened {
		if !b.closed {
			c := b.cfg
			c.Interfaces = slices.Clone(c.Interfaces)
			c.Logger, c.Trace, c.Saved = nil, nil, nil
			st.running = append(st.running, c)
		}
	}
	return st
}

// TestRandomMessages sends 10,000 random messages, from a seed. lacpd must answer each, name the
// field of each refusal, change nothing then, and need little memory.
func TestRandomMessages(t *testing.T) {
	messages := 10_000
	if testing.Short() {
		messages = 1000
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := scribe{rand.New(rand.NewPCG(seed, 1))}
	s := serve(t, twoBonds)
	conn, err := net.Dial("unix", s.args.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	counts := make(map[string]int)
	before := s.state(t)
	var most uint64
	for i := range messages {
		line := random.line()
		if err := conn.SetDeadline(time.Now().Add(netlab.Patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(line + "\n")); err != nil {
			t.Fatalf("message %d, %s: %v", i, line, err)
		}
		raw, err := in.ReadBytes('\n')
		var a control.Answer
		if err == nil {
			err = json.Unmarshal(raw, &a)
		}
		if err != nil {
			t.Fatalf("message %d, %s: answer %q: %v\n%s", i, line, raw, err, s.log)
		}
		after := s.state(t)
		switch e := a.Error; {
		case e == nil:
			counts["done"]++
		case e.Kind == control.KindRefused:
			counts["refused"]++
			if e.Field == "" || e.Message == "" || e.Allowed == "" {
				t.Errorf("message %d, %s: refusal %+v, want its field named", i, line, e)
			}
			if !reflect.DeepEqual(before, after) {
				t.Fatalf("message %d, %s: refused with %+v, but changed\n%+v\ninto\n%+v", i, line, e, before, after)
			}
		default:
			t.Errorf("message %d, %s: %+v, want it done or refused", i, line, e)
		}
		before = after
		if i%100 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse+m.StackInuse)
		}
	}
	const limit = 64 << 20
	t.Logf("%v, at most %d MiB in use", counts, most>>20)
	if most > limit || counts["done"] < messages/20 || counts["refused"] < messages/20 {
		t.Errorf("%v, %d octets in use, want both kinds and at most %d", counts, most, limit)
	}
	// The last change may still wait for its confirmation. It is refused if none does.
	var e *control.Error
	if err := control.Ask(t.Context(), s.args.socket, "rollback", nil, nil); err != nil && !errors.As(err, &e) {
		t.Error(err)
	}
	wantConsistent(t, s)
}

// wantConsistent checks that the file can be read and that no interface has two bonds.
func wantConsistent(t *testing.T, s *served) {
	t.Helper()
	if f, err := config.Load(s.file); err != nil || f.Refused() != nil {
		t.Errorf("the file is refused: %v, %v", err, f.Refused())
	}
	owner := make(map[string]string)
	for _, c := range s.state(t).running {
		for _, name := range c.Interfaces {
			if owner[name] != "" {
				t.Errorf("%s is a member of %s and %s", name, owner[name], c.Name)
			}
			owner[name] = c.Name
		}
	}
	if entries, err := filepath.Glob(filepath.Join(filepath.Dir(s.file), "*")); err != nil || len(entries) != 1 {
		t.Errorf("the directory has %v, %v, want the file alone", entries, err)
	}
}

// TestManyClientsAtOnce checks that clients that ask for changes at the same time are all
// answered, and that a stuck one holds up no other.
func TestManyClientsAtOnce(t *testing.T) {
	s := serve(t, twoBonds)
	stuck, err := net.Dial("unix", s.args.socket) // sends half a request and reads nothing
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	if _, err := stuck.Write([]byte(`{"comm`)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), netlab.Patience)
	defer cancel()
	errs := make(chan error)
	const clients, rounds = 12, 20
	for i := range clients {
		go func() {
			for j := range rounds {
				var err error
				switch (i + j) % 3 {
				case 0:
					err = control.Ask(ctx, s.args.socket, "status", nil, nil)
				case 1:
					err = control.Ask(ctx, s.args.socket, "set", setArgs{"a", []keyValue{{"updelay", fmt.Sprint(i)}}}, nil)
				case 2:
					err = control.Ask(ctx, s.args.socket, "drain", drainArgs{Member: "eth3", Drained: j%2 == 0}, nil)
				}
				errs <- err
			}
		}()
	}
	busy := 0
	for range clients * rounds {
		var e *control.Error
		if err := <-errs; errors.As(err, &e) && e.Kind == control.KindBusy {
			busy++
		} else if err != nil {
			t.Error(err)
		}
	}
	if busy > clients*rounds/2 {
		t.Errorf("%d of %d requests were refused as too many at once", busy, clients*rounds)
	}
}

// TestLargeMessagesAtOnce checks that many clients with files that are made to be expensive do
// not make lacpd take much memory. The requests are encoded only once, so that the memory is lacpd's.
func TestLargeMessagesAtOnce(t *testing.T) {
	s := serve(t, twoBonds)
	texts := []string{
		strings.Repeat("a: b\n", config.MaxSize/5), "[" + strings.Repeat("a,", 60_000) + "]", strings.Repeat("\"", config.MaxSize),
		"bonds:\n" + strings.Repeat("- {name: a, ports: [eth1]}\n", 300),
	}
	requests := make([][]byte, len(texts))
	for i, text := range texts {
		requests[i] = diffRequest(t, text)
	}
	runtime.GC()
	type outcome struct {
		answer control.Answer
		err    error
	}
	done := make(chan outcome)
	const clients = 24
	for i := range clients {
		go func() {
			a, err := answerTo(s.args.socket, requests[i%len(requests)])
			done <- outcome{a, err}
		}()
	}
	var most uint64
	busy := 0
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for left := clients; left > 0; {
		select {
		case o := <-done:
			left--
			e := o.answer.Error
			if o.err != nil || e == nil || e.Kind != control.KindRefused && e.Kind != control.KindBusy {
				t.Errorf("answer %+v, error %v, want the file refused, or too many at once", o.answer, o.err)
			} else if e.Kind == control.KindBusy {
				busy++
			}
		case <-tick.C:
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse+m.StackInuse)
		}
	}
	const limit = 64 << 20
	t.Logf("at most %d MiB in use, %d of %d clients were too many at once", most>>20, busy, clients)
	if most > limit {
		t.Errorf("%d octets in use, want at most %d", most, limit)
	}
}

// diffRequest returns the line of a request for what a file would change.
func diffRequest(t *testing.T, text string) []byte {
	t.Helper()
	args, err := json.Marshal(applyArgs{File: "f", Text: text})
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(control.Request{Version: control.Version, ID: 1, Command: "diff", Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return append(line, '\n')
}

// answerTo sends a request and returns the answer. It repeats a request that was so late that
// lacpd gave its status.
func answerTo(socket string, request []byte) (a control.Answer, err error) {
	for range 10 {
		if a, err = exchange(socket, request); err == nil {
			break
		}
	}
	return a, err
}

// exchange sends a request and reads one line of the answer.
func exchange(socket string, request []byte) (a control.Answer, err error) {
	conn, err := net.DialTimeout("unix", socket, netlab.Patience)
	if err != nil {
		return a, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(netlab.Patience)); err != nil {
		return a, err
	}
	_, writeErr := conn.Write(request) // lacpd may answer before it has read all
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err != nil {
		return a, errors.Join(writeErr, err)
	}
	return a, json.Unmarshal(line, &a)
}
