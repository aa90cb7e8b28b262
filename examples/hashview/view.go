package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/capture"
)

// view shows the frames of a capture.
type view struct {
	*options
	out     io.Writer
	spread  *spread.Distributor
	tallies []tally
	counts  []int // frames by member
	found   bool  // whether the frame of -frame was found
}

// tally counts the frames for one policy.
type tally struct {
	policy hash.Policy
	spread *spread.Distributor
	counts *spread.Tally
}

func newView(o *options, out io.Writer) (*view, error) {
	v := &view{options: o, out: out, counts: make([]int, len(o.members))}
	var err error
	if _, v.spread, err = o.distributor(o.policy); err != nil {
		return nil, err
	}
	policies := []hash.Policy{o.policy}
	if o.compare {
		policies = hash.Policies()
	}
	for _, p := range policies {
		h, d, err := o.distributor(p)
		if err != nil {
			return nil, err
		}
		v.tallies = append(v.tallies, tally{p, d, spread.NewTally(h)})
	}
	return v, nil
}

// perFrame reports whether each frame gets its own line.
func (v *view) perFrame() bool { return !v.report && !v.compare && v.lose == noMember }

// counting reports whether the view counts frames by their hashes.
func (v *view) counting() bool { return !v.perFrame() || v.svg != "" }

// show prints the frames of a file. The summary follows even if the file has a fault.
func (v *view) show(name string, stdin io.Reader) error {
	r, err := openCapture(name, stdin)
	if err != nil {
		return err
	}
	defer r.Close()
	err = v.frames(r)
	if err == nil && v.frame > 0 && !v.found {
		err = fmt.Errorf("frame %d is not in the file", v.frame)
	}
	if v.perFrame() && !v.json && !v.explain {
		err = errors.Join(err, v.summary())
	}
	return errors.Join(err, v.sumUp())
}

// openCapture opens the capture of that name; "-" is the standard input.
func openCapture(name string, stdin io.Reader) (*capture.Reader, error) {
	if name == "-" {
		return capture.NewReader(stdin)
	}
	return capture.Open(name)
}

func (v *view) frames(r *capture.Reader) error {
	for f, err := range r.Frames() {
		if err != nil {
			return err
		}
		if v.frame > 0 && f.Number != v.frame {
			continue
		}
		v.found = true
		if v.counting() {
			for _, t := range v.tallies {
				t.counts.Add(f.Data, f.OriginalLength)
			}
		}
		if v.perFrame() {
			if err := v.one(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// one prints one frame.
func (v *view) one(f capture.Frame) error {
	s := v.spread.Snapshot()
	if v.explain {
		_, err := fmt.Fprintf(v.out, "#%d %s", f.Number, s.Explain(f.Data))
		return err
	}
	format := "#%d 0x%08x member %d\n"
	if v.json {
		format = `{"frame":%d,"hash":"0x%08x","member":%d}` + "\n"
	}
	sum := s.Hasher().Sum32(f.Data)
	member, _ := s.Pick(sum) // at least one member is up
	v.counts[member]++
	_, err := fmt.Fprintf(v.out, format, f.Number, sum, member)
	return err
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

// sumUp prints and draws the counts.
func (v *view) sumUp() error {
	var err error
	own := v.tallies[0]
	for _, t := range v.tallies {
		if t.policy == v.policy {
			own = t
		}
	}
	if v.report {
		err = v.printReport(own.spread.ReportTally(own.counts))
	}
	if v.compare {
		err = errors.Join(err, v.printComparison())
	}
	if v.lose != noMember {
		err = errors.Join(err, v.printLoss(own))
	}
	if v.svg != "" {
		err = errors.Join(err, v.draw(own))
	}
	return err
}
