package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/lagkit/lagkit/hash"
)

// A reference is the running C program.
type reference struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startReference starts the compiled c/ref.c on these batches.
func startReference(program string, batches [][][]byte) (*reference, error) {
	f, err := os.CreateTemp("", "frames")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }() // a temporary file
	for _, b := range batches {
		if _, err := f.Write(encode(b)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	r := &reference{cmd: exec.Command(program, f.Name())}
	r.cmd.Stderr = os.Stderr
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.out = bufio.NewReader(out)
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	// Once the program answers it has read the file, and the file can be removed.
	if _, _, err := r.turn(0, hash.Layer2, hash.TagInline, 1); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// encode returns a batch in the format of c/ref.c. Like traffic.Batch, it puts each frame
// at the next multiple of 64.
func encode(frames [][]byte) []byte {
	var memory []byte
	out := binary.NativeEndian.AppendUint32(nil, uint32(len(frames)))
	for _, f := range frames {
		out = binary.NativeEndian.AppendUint32(out, uint32(len(f)))
		out = binary.NativeEndian.AppendUint32(out, uint32(len(memory)))
		memory = append(memory, f...)
		memory = append(memory, make([]byte, -len(memory)&63)...)
	}
	out = binary.NativeEndian.AppendUint32(out, uint32(len(memory)))
	return append(out, memory...)
}

// turn lets C hash a batch repeat times. It returns the time taken and the digest of the
// sums.
func (r *reference) turn(batch int, p hash.Policy, tags hash.TagView, repeat int) (time.Duration, uint32, error) {
	if _, err := fmt.Fprintln(r.in, batch, p.LinuxNumber(), uint8(tags), repeat); err != nil {
		return 0, 0, err
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		return 0, 0, fmt.Errorf("the C side ended: %w", err)
	}
	var ns int64
	var check uint32
	if _, err := fmt.Sscan(line, &ns, &check); err != nil {
		return 0, 0, fmt.Errorf("the C side answered %q", line)
	}
	return time.Duration(ns), check, nil
}

// close ends the program and waits for it.
func (r *reference) close() {
	_ = r.in.Close() // the program ends with its input
	_ = r.cmd.Wait() // it has given all its answers
}
