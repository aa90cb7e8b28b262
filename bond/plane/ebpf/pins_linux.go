package ebpf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/netif"
)

// pins is the directory of a bond in a BPF file system: the maps and, if they are links, the hook
// of the device ("tx") and those of the members ("rx-" and the interface index). An empty one pins
// nothing.
type pins string

// pinsOf returns the pins of a device in a directory that is [Config.Pins].
func pinsOf(dir string, ns *netif.Namespace, device string) pins {
	if dir == "" {
		return ""
	}
	return pins(filepath.Join(dir, ns.Key()+"-"+device))
}

// make makes the directory.
func (d pins) make() error {
	if d == "" {
		return nil
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return err
	}
	if err := checkPins(string(d)); err != nil {
		return errors.Join(err, os.Remove(string(d)))
	}
	return nil
}

// CheckPins reports whether dir, or the directory that it is to be in, is in a BPF file system, so
// that it can be [Config.Pins].
func CheckPins(dir string) error {
	err := checkPins(dir)
	if errors.Is(err, os.ErrNotExist) {
		err = checkPins(filepath.Dir(dir))
	}
	return err
}

func checkPins(dir string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	if uint32(fs.Type) != unix.BPF_FS_MAGIC {
		return fmt.Errorf("%s is not in a BPF file system", dir)
	}
	return nil
}

func (d pins) file(name string) string {
	if d == "" {
		return ""
	}
	return filepath.Join(string(d), name)
}

const (
	pinTx = "tx"
	pinRx = "rx-"
)

func (d pins) rx(index uint32) string { return d.file(pinRx + strconv.FormatUint(uint64(index), 10)) }

// errLayout is why pinned maps are not adopted.
var errLayout = errors.New("pinned maps have another layout")

// loadMaps opens the pinned maps. The error is os.ErrNotExist without such maps, and errLayout if
// they are those of another version of this package.
func (d pins) loadMaps() (*maps, error) {
	if d == "" {
		return nil, os.ErrNotExist
	}
	m := new(maps)
	for _, part := range m.parts() {
		pinned, err := ebpf.LoadPinnedMap(d.file(part.file), nil)
		if err != nil {
			return nil, errors.Join(err, m.close())
		}
		*part.place = pinned
		if err := part.spec.Compatible(pinned); err != nil {
			return nil, errors.Join(errLayout, err, m.close())
		}
	}
	if err := m.open(); err != nil {
		return nil, errors.Join(err, m.close())
	}
	if *m.layout() != layoutVersion {
		return nil, errors.Join(errLayout, m.close())
	}
	return m, nil
}

// saveMaps pins maps in place of those that are pinned.
func (d pins) saveMaps(m *maps) error {
	if d == "" {
		return nil
	}
	for _, part := range m.parts() {
		if err := os.Remove(d.file(part.file)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := (*part.place).Pin(d.file(part.file)); err != nil {
			return err
		}
	}
	return nil
}

// remove removes all pins and their directory. It fails if another program has put something
// there.
func (d pins) remove() error {
	if d == "" {
		return nil
	}
	entries, err := os.ReadDir(string(d))
	errs := []error{err}
	for _, e := range entries {
		if isPin(e.Name()) {
			errs = append(errs, os.Remove(d.file(e.Name())))
		}
	}
	return errors.Join(append(errs, os.Remove(string(d)))...)
}

// isPin reports whether a file is one of the plane's.
func isPin(name string) bool {
	isMap := slices.ContainsFunc(new(maps).parts(), func(p part) bool { return p.file == name })
	return isMap || name == pinTx || strings.HasPrefix(name, pinRx)
}
