package config

import (
	"slices"

	"github.com/lagkit/lagkit/bond"
)

// Running is a bond that runs.
type Running struct {
	Name  string
	Mode  bond.Mode
	Ports []string // each of its ports under all its names
}

// RefuseReplaced adds a problem for each bond of the file that would change the protocol of a
// running bond, or would take ports of a running bond that the file no longer has. Either stops
// traffic, so the file has to ask for it with allow_replace.
func (f *File) RefuseReplaced(running []Running) {
	for i := range f.Bonds {
		b := &f.Bonds[i]
		if b.AllowReplace {
			continue
		}
		const ask = ": set allow_replace: true for this bond to replace it, which stops its traffic for a moment"
		if r := find(running, b.Name); r == nil {
			if r, port := f.displaced(running, b); r != nil {
				f.Problems.Refuse(b.KeyAt("name"), "name", b.Name, r.Name+", the name of the running bond with port "+port+ask)
			}
		} else if r.Mode != b.Mode {
			at := b.KeyAt("protocol")
			if at == (Position{}) { // the default
				at = b.KeyAt("name")
			}
			f.Problems.Refuse(at, "protocol", b.Mode.String(), r.Mode.String()+", the protocol of the running bond"+ask)
		}
	}
	f.Problems.Sort()
}

func find(running []Running, name string) *Running {
	i := slices.IndexFunc(running, func(r Running) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return &running[i]
}

// displaced returns the running bond that the file no longer has and that a port of b belongs to.
func (f *File) displaced(running []Running, b *Bond) (r *Running, port string) {
	for i := range running {
		r := &running[i]
		if slices.ContainsFunc(f.Bonds, func(other Bond) bool { return other.Name == r.Name }) {
			continue
		}
		for _, port := range b.Ports {
			if slices.Contains(r.Ports, port) {
				return r, port
			}
		}
	}
	return nil, ""
}
