package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Recorded frames have the first EtherType for experiments, followed by a number of four
// octets.
const (
	recordType = 0x88b5
	offNumber  = 14
)

// recording holds the numbers of the frames that an interface has received.
type recording struct {
	fd   int
	done chan struct{}

	mu      sync.Mutex
	numbers []uint32
	last    time.Time
}

var (
	recordingsMu sync.Mutex
	recordings   = make(map[string]*recording)
)

// record starts a recording.
func record(name string) error {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	fd, err := openPacket(ifi.Index, recordType)
	if err != nil {
		return err
	}
	r := &recording{fd: fd, done: make(chan struct{}), last: time.Now()}
	recordingsMu.Lock()
	defer recordingsMu.Unlock()
	if recordings[name] != nil {
		return errors.Join(fmt.Errorf("%s is being recorded already", name), unix.Close(fd))
	}
	recordings[name] = r
	go r.run()
	return nil
}

func (r *recording) run() {
	buf := make([]byte, 2048)
	for {
		select {
		case <-r.done:
			_ = unix.Close(r.fd)
			return
		default:
		}
		n, err := unix.Read(r.fd, buf)
		if err != nil || n < offNumber+4 {
			continue
		}
		r.mu.Lock()
		r.numbers = append(r.numbers, binary.BigEndian.Uint32(buf[offNumber:]))
		r.last = time.Now()
		r.mu.Unlock()
	}
}

// recorded waits until nothing has arrived for a while, ends the recording and returns its
// numbers.
func recorded(name string, quiet time.Duration) ([]uint32, error) {
	recordingsMu.Lock()
	r := recordings[name]
	delete(recordings, name)
	recordingsMu.Unlock()
	if r == nil {
		return nil, fmt.Errorf("%s is not being recorded", name)
	}
	defer close(r.done)
	for {
		r.mu.Lock()
		numbers, wait := r.numbers, time.Until(r.last.Add(quiet))
		r.mu.Unlock()
		if wait <= 0 {
			return numbers, nil
		}
		time.Sleep(wait)
	}
}
