package lab

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// guest is a Linux in a virtual machine, under emulation. Its network interfaces eth0, eth1, …
// are datagram sockets of the test, where each datagram is one frame.
type guest struct {
	*netlab.Process
	dir   string
	cfg   guestConfig
	wires []*guestEnd

	monitorMu sync.Mutex
	monitor   net.Conn
	answers   *bufio.Reader // of the monitor

	mu      sync.Mutex
	control net.Conn
	waiting map[int]chan guestAnswer
	lastID  int
	lost    error // why the agent does not answer any more
}

type guestAnswer struct {
	ID            int
	Output, Error string
	Value         json.RawMessage
}

// guestSpeed is the speed that the guest's interfaces report, in Mbit/s.
const guestSpeed = 1000

// bootLimit is how long a guest may take to boot on a busy machine.
const bootLimit = 60 * time.Second

// guestTimeout is how long the guest may take for a request that does not wait.
const guestTimeout = 20 * time.Second

// guestConfig describes a guest.
type guestConfig struct {
	id         byte // distinguishes the addresses of guests of one test
	interfaces int
	adapter    adapter  // kind of its adapters; the zero value is virtioNet
	memory     int      // in MiB; 0 is 160
	files      *archive // files to add to its file system; may be nil
}

// adapter is a network adapter that QEMU emulates: a device and its properties.
type adapter struct {
	device     string
	properties []string // "name=value"
}

// virtioNet takes each frame unchanged. Other adapters cut or check frames.
var virtioNet = adapter{"virtio-net-pci", []string{fmt.Sprintf("speed=%d", guestSpeed), "duplex=full",
	"csum=off", "gso=off", "guest_csum=off", "guest_tso4=off", "guest_tso6=off", "guest_ecn=off", "guest_ufo=off",
	"host_tso4=off", "host_tso6=off", "host_ecn=off", "host_ufo=off"}}

// startGuest boots a guest with that many interfaces, whose cables are unplugged. It adds
// files to the guest's file system.
func startGuest(t testing.TB, img *image, id byte, interfaces int, files *archive) *guest {
	t.Helper()
	return bootGuest(t, img, guestConfig{id: id, interfaces: interfaces, files: files})
}

// bootGuest boots a guest, whose cables are unplugged.
func bootGuest(t testing.TB, img *image, cfg guestConfig) *guest {
	t.Helper()
	if cfg.adapter.device == "" {
		cfg.adapter = virtioNet
	}
	// The path of a socket has to be short.
	dir, err := os.MkdirTemp("", "lagguest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	g := &guest{dir: dir, cfg: cfg, waiting: make(map[int]chan guestAnswer)}
	initrd := img.initrd
	if cfg.files != nil {
		initrd = g.path("initrd")
		if err := concatenate(initrd, img.initrd, cfg.files.bytes()); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{
		"-accel", "tcg,tb-size=64", "-machine", "pc,usb=off,vmport=off", "-cpu", "max", "-m", strconv.Itoa(cmp.Or(cfg.memory, 160)), "-smp", "1",
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-kernel", img.kernel, "-initrd", initrd,
		"-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr no_timer_check tsc=reliable random.trust_cpu=on 8250.nr_uarts=2 net.ifnames=0",
		"-serial", "file:" + g.path("console"),
		"-chardev", "socket,id=control,server=on,wait=off,path=" + g.path("control"), "-serial", "chardev:control",
		"-chardev", "socket,id=monitor,server=on,wait=off,path=" + g.path("monitor"), "-mon", "chardev=monitor,mode=control",
	}
	for i := range cfg.interfaces {
		end := newGuestEnd(t, g, i)
		g.wires = append(g.wires, end)
		args = append(args,
			"-netdev", fmt.Sprintf("dgram,id=n%d,local.type=unix,local.path=%s,remote.type=unix,remote.path=%s", i, end.theirs, end.ours),
			"-device", cfg.adapter.device+","+strings.Join(g.properties(i), ","))
	}
	g.Process = startHere(t, "qemu-system-x86_64", args...)
	t.Cleanup(func() {
		if t.Failed() {
			console, _ := os.ReadFile(g.path("console"))
			t.Logf("console of the guest:\n%s", console)
		}
	})
	g.connect(t)
	for i := range cfg.interfaces {
		g.setLink(t, i, false)
	}
	return g
}

// properties returns the properties of the device that is interface i.
func (g *guest) properties(i int) []string {
	return append([]string{fmt.Sprintf("netdev=n%d", i), fmt.Sprintf("id=nic%d", i), "mac=" + guestMAC(g.cfg.id, i), "romfile="},
		g.cfg.adapter.properties...)
}

// guestMAC returns the address of interface i of a guest.
func guestMAC(id byte, i int) string { return fmt.Sprintf("52:54:00:aa:%02x:%02x", id, i+1) }

func (g *guest) path(name string) string { return filepath.Join(g.dir, name) }

func concatenate(to, from string, more []byte) error {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	in, err := os.Open(from)
	if err == nil {
		_, err = io.Copy(out, in)
		err = errors.Join(err, in.Close())
	}
	if err == nil {
		_, err = out.Write(more)
	}
	return errors.Join(err, out.Close())
}

// startHere starts a program in the test's own namespace.
func startHere(t testing.TB, name string, args ...string) *netlab.Process {
	t.Helper()
	cmd := exec.Command(name, args...)
	return netlab.Launch(t, cmd, cmd.Start)
}

// connect connects to the monitor and to the agent, and waits until the agent answers.
func (g *guest) connect(t testing.TB) {
	t.Helper()
	dial := func(name string) (conn net.Conn) {
		await(t, "QEMU answers", time.Now(), bootLimit, func() bool {
			if g.Ended() {
				t.Fatalf("QEMU ended: %v\n%s", g.Err(), &g.Log)
			}
			var err error
			conn, err = net.Dial("unix", g.path(name))
			return err == nil
		}, g.Log.String)
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	g.control = dial("control")
	g.monitor = dial("monitor")
	g.answers = bufio.NewReader(g.monitor)
	if _, err := g.answers.ReadString('\n'); err != nil { // its greeting
		t.Fatal(err)
	}
	g.command(t, `{"execute":"qmp_capabilities"}`)
	ready := make(chan guestAnswer, 1)
	g.waiting[0] = ready
	go g.receive()
	select {
	case a := <-ready:
		if a.Output != "ready" {
			t.Fatalf("the agent reports %+v", a)
		}
	case <-g.Done:
		t.Fatalf("QEMU ended: %v\n%s", g.Err(), &g.Log)
	case <-time.After(bootLimit):
		t.Fatalf("the guest has not booted within %v", bootLimit)
	}
}

// command sends QEMU's monitor a command that has to succeed.
func (g *guest) command(t testing.TB, text string) {
	t.Helper()
	if err := g.tryCommand(text); err != nil {
		t.Fatalf("monitor: %s: %v", text, err)
	}
}

// tryCommand sends QEMU's monitor a command.
func (g *guest) tryCommand(text string) error {
	g.monitorMu.Lock()
	defer g.monitorMu.Unlock()
	if err := g.monitor.SetDeadline(time.Now().Add(guestTimeout)); err != nil {
		return err
	}
	if _, err := io.WriteString(g.monitor, text+"\n"); err != nil {
		return err
	}
	for {
		line, err := g.answers.ReadString('\n')
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(line, `{"return"`):
			return nil
		case strings.HasPrefix(line, `{"error"`):
			return errors.New(strings.TrimSpace(line))
		} // otherwise an event
	}
}

// setLink sets the carrier of interface i.
func (g *guest) setLink(t testing.TB, i int, up bool) {
	t.Helper()
	g.command(t, fmt.Sprintf(`{"execute":"set_link","arguments":{"name":"nic%d","up":%v}}`, i, up))
}

// receive passes the agent's answers to the callers that wait for them.
func (g *guest) receive() {
	in := json.NewDecoder(g.control)
	for {
		var a guestAnswer
		err := in.Decode(&a)
		g.mu.Lock()
		if err != nil {
			g.lost = err
			for _, c := range g.waiting {
				close(c)
			}
			g.waiting = nil
			g.mu.Unlock()
			return
		}
		c := g.waiting[a.ID]
		delete(g.waiting, a.ID)
		g.mu.Unlock()
		if c != nil {
			c <- a
		}
	}
}

// ask sends a request to the agent and returns the channel for its answer.
func (g *guest) ask(request map[string]any) (<-chan guestAnswer, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost != nil {
		return nil, g.lost
	}
	g.lastID++
	request["ID"] = g.lastID
	line, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	c := make(chan guestAnswer, 1)
	g.waiting[g.lastID] = c
	_, err = g.control.Write(append(line, '\n'))
	return c, err
}

// do makes the agent carry out a request, within limit.
func (g *guest) do(request map[string]any, limit time.Duration) (guestAnswer, error) {
	c, err := g.ask(request)
	if err != nil {
		return guestAnswer{}, fmt.Errorf("guest: %w", err)
	}
	select {
	case a, ok := <-c:
		switch {
		case !ok:
			return a, errors.New("guest: the agent is gone")
		case a.Error != "":
			return a, fmt.Errorf("guest: %v: %s\n%s", request, a.Error, a.Output)
		}
		return a, nil
	case <-time.After(limit):
		return guestAnswer{}, fmt.Errorf("guest: %v: no answer within %v", request, limit)
	}
}

// run runs a program in the guest.
func (g *guest) run(t testing.TB, args ...string) string {
	t.Helper()
	a, err := g.do(map[string]any{"op": "exec", "args": args}, guestTimeout)
	if err != nil {
		t.Fatal(err)
	}
	return a.Output
}

// read returns a file of the guest.
func (g *guest) read(t testing.TB, path string) string {
	t.Helper()
	a, err := g.do(map[string]any{"op": "read", "args": []string{path}}, guestTimeout)
	if err != nil {
		t.Fatal(err)
	}
	return a.Output
}

// write writes a file of the guest.
func (g *guest) write(t testing.TB, path, text string) {
	t.Helper()
	if _, err := g.do(map[string]any{"op": "write", "args": []string{path, text}}, guestTimeout); err != nil {
		t.Fatal(err)
	}
}
