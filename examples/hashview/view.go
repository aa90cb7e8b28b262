package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/capture"
)

// view hashes frames and counts what each member gets.
type view struct {
	out    io.Writer
	asJSON bool
	hasher hash.Hasher
	table  *hash.Table
	counts []int // frames by member
}

func (v *view) setup(policy hash.Policy, tags hash.TagView, members int) error {
	ids := make([]uint16, members)
	for i := range ids {
		ids[i] = uint16(i)
	}
	v.table = hash.NewTable(ids)
	v.counts = make([]int, members)
	var err error
	v.hasher, err = hash.New(policy, hash.Options{Tags: tags})
	return err
}

// show prints the frames of a file. In text the totals of what was read follow,
// also where the file does not end well.
func (v *view) show(name string) error {
	r, err := capture.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	err = v.frames(r)
	if v.asJSON {
		return err
	}
	return errors.Join(err, v.summary())
}

func (v *view) frames(r *capture.Reader) error {
	format := "#%d 0x%08x member %d\n"
	if v.asJSON {
		format = `{"frame":%d,"hash":"0x%08x","member":%d}` + "\n"
	}
	for f, err := range r.Frames() {
		if err != nil {
			return err
		}
		sum := v.hasher.Sum32(f.Data)
		member, _ := v.table.Pick(sum) // the table is never empty
		v.counts[member]++
		if _, err := fmt.Fprintf(v.out, format, f.Number, sum, member); err != nil {
			return err
		}
	}
	return nil
}

func (v *view) summary() error {
	if _, err := io.WriteString(v.out, "frames per member:"); err != nil {
		return err
	}
	for member, n := range v.counts {
		if _, err := fmt.Fprintf(v.out, " %d:%d", member, n); err != nil {
			return err
		}
	}
	_, err := io.WriteString(v.out, "\n")
	return err
}
