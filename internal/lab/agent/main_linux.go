// Command agent is the first and only program of the lab's guest. It loads the kernel's
// modules and then carries out the test's requests from the second serial port.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Request is one line from the test: a JSON object. Requests run in parallel; the answers
// carry their numbers.
type Request struct {
	ID   int
	Op   string
	Args []string // exec, start: program and arguments; read, write, change: path (and text)

	To       string // echo
	Count    int
	Interval int // microseconds
	Limit    int // microseconds: change, heard

	Interface string // inject, record, recorded (after Interval without a frame), listen, join, send
	File      string
	Batch     int

	Name        string   // of a listener: listen, join, heard (Count frames, then no more for Interval), unlisten
	Type        int      // listen: EtherType
	Group       string   // listen: MAC address of a group
	Promiscuous bool     // listen
	Port        int      // join (group To)
	Frames      [][]byte // send
}

// Answer is one line to the test.
type Answer struct {
	ID     int
	Output string `json:",omitempty"`
	Error  string `json:",omitempty"`
	Value  any    `json:",omitempty"`
}

func main() {
	if err := boot(); err != nil {
		fmt.Println("agent:", err)
	}
	port, err := os.OpenFile("/dev/ttyS1", os.O_RDWR, 0)
	if err == nil {
		err = makeRaw(port)
	}
	if err != nil {
		fmt.Println("agent:", err)
		select {} // if the first program ends, the kernel panics
	}
	serve(port)
}

// boot mounts the file systems that programs need and loads the modules listed in /modules, in
// that order.
func boot() error {
	for name, value := range map[string]string{"PATH": "/bin", "LD_LIBRARY_PATH": "/lib", "HOME": "/"} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	for _, m := range []struct{ kind, path string }{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/run"}} {
		if err := os.MkdirAll(m.path, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.kind, m.path, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.path, err)
		}
	}
	list, err := os.ReadFile("/modules")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(list)) {
		path, parameters, _ := strings.Cut(strings.TrimSpace(line), " ")
		if err := insert(path, parameters); err != nil {
			return fmt.Errorf("module %s: %w", path, err)
		}
	}
	for _, name := range []string{"all", "default"} {
		_ = os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
	}
	return nil
}

func insert(path, parameters string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	return unix.FinitModule(int(f.Fd()), parameters, 0)
}

// makeRaw stops the terminal layer from changing the data.
func makeRaw(f *os.File) error {
	fd := int(f.Fd())
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

func serve(port *os.File) {
	var mu sync.Mutex
	out := json.NewEncoder(port)
	send := func(a Answer) {
		mu.Lock()
		defer mu.Unlock()
		if err := out.Encode(a); err != nil {
			fmt.Println("agent:", err)
		}
	}
	send(Answer{Output: "ready"})
	lines := bufio.NewScanner(port)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r Request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			fmt.Println("agent:", err)
			continue
		}
		go func() {
			a := Answer{ID: r.ID}
			if err := do(&r, &a); err != nil {
				a.Error = err.Error()
			}
			send(a)
		}()
	}
	fmt.Println("agent: control ended:", lines.Err())
	select {}
}
