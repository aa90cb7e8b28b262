package lab

import (
	"bytes"
	"fmt"
	"os"
	"path"
)

// archive is a file system as the kernel unpacks it when it starts: cpio, in the "new ASCII"
// format.
type archive struct {
	buf   bytes.Buffer
	inode int
	known map[string]bool
}

func newArchive() *archive { return &archive{known: make(map[string]bool)} }

// add adds a file, and its parent directories. It ignores a second file of the same name.
func (a *archive) add(name string, mode int, data []byte) {
	if a.known[name] {
		return
	}
	a.addDirectory(path.Dir(name))
	a.entry(name, 0o100000|mode, data)
}

// addFile adds a file of the host.
func (a *archive) addFile(name, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	a.add(name, 0o755, data)
	return nil
}

// addLink adds a symbolic link.
func (a *archive) addLink(name, target string) {
	if a.known[name] {
		return
	}
	a.addDirectory(path.Dir(name))
	a.entry(name, 0o120777, []byte(target))
}

func (a *archive) addDirectory(name string) {
	if name == "." || a.known[name] {
		return
	}
	a.addDirectory(path.Dir(name))
	a.entry(name, 0o040755, nil)
}

func (a *archive) entry(name string, mode int, data []byte) {
	a.known[name] = true
	a.inode++
	fmt.Fprintf(&a.buf, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
	a.pad()
	a.buf.Write(data)
	a.pad()
}

func (a *archive) pad() {
	for a.buf.Len()%4 != 0 {
		a.buf.WriteByte(0)
	}
}

// bytes ends the archive and returns it.
func (a *archive) bytes() []byte {
	a.entry("TRAILER!!!", 0, nil)
	return a.buf.Bytes()
}
