package main

import (
	"bufio"
	"encoding/json"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
)

// printer writes a line for each slow-protocols frame, and nothing for others.
type printer struct {
	out    *bufio.Writer
	json   *json.Encoder // writes to out
	asJSON bool
}

func (p *printer) print(f capture.Frame) error {
	s := newSlowFrame(f)
	if s.slow.Kind == lacp.NotSlow {
		return nil
	}
	r := newRecord(&s)
	if p.asJSON {
		return p.json.Encode(r)
	}
	_, err := p.out.Write(r.appendText(nil))
	return err
}
