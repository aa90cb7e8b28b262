package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"github.com/lagkit/lagkit/internal/netlab"
)

// liveDump is the program running on an interface of a namespace.
type liveDump struct {
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stderr *bufio.Reader
}

// startLive starts the program and waits until it listens. A timer kills the program later,
// which ends a test that waits for a line.
func startLive(t *testing.T, ns *netlab.NS, args ...string) *liveDump {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "LACPDUMP_IS_THE_PROGRAM=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(cmd); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		watchdog.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	d := &liveDump{cmd: cmd, lines: bufio.NewScanner(stdout), stderr: bufio.NewReader(stderr)}
	if line, err := d.stderr.ReadString('\n'); err != nil || !strings.Contains(line, "listening on") {
		t.Fatalf("got first line %q, error %v, want it to listen", line, err)
	}
	return d
}

func (d *liveDump) next(t *testing.T) record {
	t.Helper()
	if !d.lines.Scan() {
		t.Fatalf("no line: %v", d.lines.Err())
	}
	var r record
	if err := json.Unmarshal(d.lines.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// wait returns the exit status and the rest of stderr.
func (d *liveDump) wait(t *testing.T) (int, string) {
	t.Helper()
	var rest bytes.Buffer
	_, _ = rest.ReadFrom(d.stderr)
	err := d.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return d.cmd.ProcessState.ExitCode(), rest.String()
}

// TestLive checks that lacpdump prints received and sent slow-protocols frames at once, with
// the tags they had on the wire, and no other frames, and that a signal ends it with
// status 0.
func TestLive(t *testing.T) {
	here, there := netlab.New(t), netlab.New(t)
	netlab.Pair(t, here, "la", there, "lb")
	here.Up(t, "la")
	there.Up(t, "lb")
	own, peer := here.Wire(t, "la"), there.Wire(t, "lb")
	d := startLive(t, here, "-json", "la")
	for i, c := range []struct {
		from  *netlab.Wire
		frame string
		kind  string
		vlans []uint16
	}{
		{peer, lacpdu, "lacpdu", []uint16{}},
		{peer, "8100 0005" + lacpdu, "lacpdu", []uint16{5}},
		{peer, "88a8 0064 8100 6fff" + lacpdu, "lacpdu", []uint16{100, 4095}},
		{peer, "8100 0000" + markerPDU, "marker", []uint16{0}},
		{own, response, "marker-response", []uint16{}},
		{own, "8100 0007" + lacpdu, "lacpdu", []uint16{7}},
	} {
		frame := append(unhex(t, addresses+c.frame), make([]byte, 92)...)
		peer.Send(t, unhex(t, addresses+"88b5"))
		c.from.Send(t, frame)
		r := d.next(t)
		if r.Frame != i+1 || r.Type != c.kind || !reflect.DeepEqual(r.VLANs, c.vlans) {
			t.Errorf("frame %d: got frame %d, %s, VLANs %v; want %s, %v", i+1, r.Frame, r.Type, r.VLANs, c.kind, c.vlans)
		}
		if at, err := time.Parse(time.RFC3339Nano, r.Time); err != nil || time.Since(at).Abs() > time.Minute {
			t.Errorf("got time %q, error %v, want about now", r.Time, err)
		}
	}
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status, stderr := d.wait(t); status != 0 || stderr != "" {
		t.Errorf("got status %d, stderr %q after SIGTERM, want 0 and nothing", status, stderr)
	}
}

// TestLiveOutlastsLinkDown checks that lacpdump survives an interface that goes down and
// up, and ends when the interface is removed.
func TestLiveOutlastsLinkDown(t *testing.T) {
	here, there := netlab.New(t), netlab.New(t)
	netlab.Pair(t, here, "la", there, "lb")
	here.Up(t, "la")
	there.Up(t, "lb")
	d := startLive(t, here, "-json", "la")
	here.Down(t, "la")
	here.Up(t, "la")
	there.Wire(t, "lb").Send(t, append(unhex(t, addresses+lacpdu), make([]byte, 52)...))
	if r := d.next(t); r.Type != "lacpdu" {
		t.Errorf("got type %q after the link was up again", r.Type)
	}
	here.Delete(t, "la")
	if status, stderr := d.wait(t); status != 2 || !strings.Contains(stderr, "the interface was removed") {
		t.Errorf("got status %d, stderr %q after removal, want 2", status, stderr)
	}
}

// TestSlowFilter checks that the filter accepts slow-protocols frames after up to three
// tags and nothing else.
func TestSlowFilter(t *testing.T) {
	vm, err := bpf.NewVM(slowFilter())
	if err != nil {
		t.Fatal(err)
	}
	for frame, want := range map[string]bool{
		addresses + lacpdu:                                             true,
		addresses + "8100 0001" + lacpdu:                               true,
		addresses + "88a8 0001" + lacpdu:                               true,
		addresses + "9100 0001 8100 0002" + lacpdu:                     true,
		addresses + "9100 0001 88a8 0002 8100 3" + "000" + lacpdu:      true,
		addresses + "8100 0001 8100 0001 8100 0001 8100 0001" + lacpdu: false,
		addresses + "0800 8809 8809 8809 8809 8809":                    false,
		addresses + "8100 8809 0800 8809 8809 8809":                    false,
		addresses + "88b5 0000":                                        false,
	} {
		n, err := vm.Run(unhex(t, frame))
		if err != nil || (n > 0) != want {
			t.Errorf("%s: got %d octets accepted, error %v, want accepted = %v", frame, n, err, want)
		}
	}
}
