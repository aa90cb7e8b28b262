package handing

import (
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/allowed"
)

// Add adds what a link or the device hands over.
func Add(to *link.Handed, l link.Hander) (*Part, error) {
	h, err := l.Hand()
	if err != nil {
		return nil, err
	}
	p := &Part{State: h.State, From: len(to.Files), Count: len(h.Files)}
	to.Files = append(to.Files, h.Files...)
	return p, nil
}

// Of returns a part of what was handed over.
func (p *Part) Of(h *link.Handed) (*link.Handed, error) {
	if p.From < 0 || p.Count < 0 || p.From > len(h.Files) || p.Count > len(h.Files)-p.From {
		return nil, allowed.Refuse("Handed", strconv.Itoa(len(h.Files))+" descriptors", "those that Pause returned, in this order")
	}
	return &link.Handed{State: p.State, Files: h.Files[p.From : p.From+p.Count]}, nil
}
