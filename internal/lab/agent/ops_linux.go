package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/lab/echo"
)

// do carries out one request.
func do(r *Request, a *Answer) error {
	want := map[string]int{"exec": 1, "start": 1, "read": 1, "write": 2, "change": 2}[r.Op]
	if len(r.Args) < want {
		return fmt.Errorf("%s needs %d arguments, got %q", r.Op, want, r.Args)
	}
	switch r.Op {
	case "exec":
		out, err := exec.Command(r.Args[0], r.Args[1:]...).CombinedOutput()
		a.Output = string(out)
		return err
	case "start": // and keep it running
		cmd := exec.Command(r.Args[0], r.Args[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			return err
		}
		a.Value = cmd.Process.Pid
		go func() { fmt.Println("agent:", r.Args[0], "ended:", cmd.Wait()) }()
		return nil
	case "read":
		text, err := os.ReadFile(r.Args[0])
		a.Output = string(text)
		return err
	case "write":
		if err := os.MkdirAll(filepath.Dir(r.Args[0]), 0o755); err != nil {
			return err
		}
		return os.WriteFile(r.Args[0], []byte(r.Args[1]), 0o644)
	case "change":
		at, err := awaitChange(r.Args[0], r.Args[1], time.Duration(r.Limit)*time.Microsecond)
		a.Value = at
		return err
	case "echo":
		sent, err := sendEchoes(r)
		a.Value = sent
		return err
	case "inject":
		n, err := inject(r.Interface, r.File, r.Batch)
		a.Value = n
		return err
	case "record":
		return record(r.Interface)
	case "recorded":
		numbers, err := recorded(r.Interface, time.Duration(r.Interval)*time.Microsecond)
		a.Value = numbers
		return err
	}
	return doFrames(r, a)
}

// echoes are the results of echo requests and when each was sent, in microseconds.
type echoes struct {
	echo.Result
	Times []int64
}

func sendEchoes(r *Request) (sent echoes, err error) {
	conn, err := echo.Listen("0.0.0.0")
	if err != nil {
		return sent, err
	}
	defer conn.Close()
	sent.Result, err = echo.Run(conn, r.To, r.Count, time.Duration(r.Interval)*time.Microsecond,
		func(int) { sent.Times = append(sent.Times, time.Now().UnixMicro()) })
	return sent, err
}

// awaitChange waits until a file no longer has a text, or is gone, and returns the time of the
// change, in microseconds.
func awaitChange(path, text string, limit time.Duration) (int64, error) {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if now, _ := os.ReadFile(path); string(now) != text { // a file that is gone has no text
			return time.Now().UnixMicro(), nil
		}
	}
	return 0, fmt.Errorf("%s is still %q after %v", path, text, limit)
}

// doFrames carries out the requests that listen and send.
func doFrames(r *Request, a *Answer) error {
	switch r.Op {
	case "listen":
		return listen(r)
	case "join":
		return join(r)
	case "heard":
		frames, err := heard(r.Name, r.Count, time.Duration(r.Limit)*time.Microsecond, time.Duration(r.Interval)*time.Microsecond)
		a.Value = frames
		return err
	case "unlisten":
		return unlisten(r.Name)
	case "send":
		return send(r)
	}
	return fmt.Errorf("unknown operation %q", r.Op)
}

// inject sends the frames of a file on an interface, in order and each as a whole. A frame in
// the file follows its length in two octets. inject pauses between batches, because the cable
// has no flow control.
func inject(name, file string, batch int) (sent int, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return 0, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	to := &unix.SockaddrLinklayer{Ifindex: ifi.Index}
	pause := time.NewTicker(2 * time.Millisecond)
	defer pause.Stop()
	for len(data) >= 2 {
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			return sent, errors.New("the file ends within a frame")
		}
		err := unix.Sendto(fd, data[2:2+n], 0, to)
		for errors.Is(err, unix.ENOBUFS) {
			<-pause.C
			err = unix.Sendto(fd, data[2:2+n], 0, to)
		}
		if err != nil {
			return sent, fmt.Errorf("frame %d: %w", sent, err)
		}
		data = data[2+n:]
		if sent++; sent%max(batch, 1) == 0 {
			<-pause.C
		}
	}
	return sent, nil
}
