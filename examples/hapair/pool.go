//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// pool stands for a disk pool that one head at a time imports. Its file has the number of imports, and
// the name of the head that has it or died with it.
type pool struct {
	file *os.File
	name string // of this head

	have  bool
	epoch uint64        // of the last import that this head knows of
	owner string        // of that import; empty: it was exported
	from  time.Duration // the time of plane.Clock when no other head can carry data any more
}

// openPool opens the file, and makes it if it does not exist.
func openPool(file, name string) (*pool, error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &pool{file: f, name: name}, nil
}

// importIt imports the pool unless another head has it. It reports whether this head has it.
func (p *pool) importIt(hold time.Duration) (bool, error) {
	if p.have {
		return true, nil // real disks would be asked
	}
	err := syscall.Flock(int(p.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, p.read()
	}
	if err == nil {
		err = p.read()
	}
	if err != nil {
		return false, err
	}
	if p.owner != "" && p.owner != p.name {
		p.from = plane.Clock() + hold + hold/16 // clocks differ a little
	}
	p.have, p.epoch, p.owner = true, p.epoch+1, p.name
	return true, p.write()
}

// export gives the pool to the head that imports it next. This one carries no data any more.
func (p *pool) export() error {
	if !p.have {
		return nil
	}
	p.have, p.owner = false, ""
	return errors.Join(p.write(), syscall.Flock(int(p.file.Fd()), syscall.LOCK_UN))
}

func (p *pool) read() error {
	b, err := io.ReadAll(io.NewSectionReader(p.file, 0, 100))
	if err != nil || len(b) == 0 {
		return err
	}
	p.owner = ""
	if n, err := fmt.Sscan(string(b), &p.epoch, &p.owner); n == 0 {
		return fmt.Errorf("%s: not the file of a pool: %w", p.file.Name(), err)
	}
	return nil
}

func (p *pool) write() error {
	text := fmt.Sprintf("%d %s\n", p.epoch, p.owner)
	if _, err := p.file.WriteAt([]byte(text), 0); err != nil {
		return err
	}
	return errors.Join(p.file.Truncate(int64(len(text))), p.file.Sync())
}
