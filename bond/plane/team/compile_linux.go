package team

import (
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/bpf"
	"github.com/lagkit/lagkit/lacp"
)

// modes are the driver's modes by the spread of a plan.
var modes = map[plane.Spread]string{
	plane.SpreadFlows:    modeFlows,
	plane.SpreadInTurn:   modeTurns,
	plane.SpreadCopies:   modeCopies,
	plane.SpreadAtRandom: modeRandom,
}

// compile makes the image of a plan. The error is a [*lacp.FieldError] for a plan that the
// driver can't carry out.
func compile(p *plane.Plan, twoWay bool) (*image, error) {
	img := &image{mode: modes[p.Spread], ports: make(map[uint32]use), twoWay: twoWay}
	switch {
	case img.mode == "":
		return nil, &lacp.FieldError{Field: "Spread", Value: p.Spread.String(), Allowed: "flows, in turn, copies or at random"}
	case p.SLB:
		return nil, &lacp.FieldError{Field: "SLB", Value: "true", Allowed: "false; the user plane can do it"}
	case p.Spread == plane.SpreadInTurn && p.Packets > 1:
		return nil, &lacp.FieldError{Field: "Packets", Value: strconv.Itoa(p.Packets), Allowed: "1; the user plane can do others"}
	}
	for id := range p.Members {
		m := &p.Members[id]
		if m.Port == nil {
			continue
		}
		index, err := indexOf(m.Port)
		if err != nil {
			return nil, err
		}
		if _, twice := img.ports[index]; twice {
			return nil, &lacp.FieldError{Field: "Port", Value: m.Port.Name(), Allowed: "each interface once"}
		}
		img.ports[index] = use{receive: m.Collecting, send: m.Distributing}
	}
	if !twoWay {
		img.joinDirections()
	}
	if p.Spread == plane.SpreadFlows {
		return img, img.setTable(p)
	}
	return img, nil
}

// joinDirections makes ports do both or nothing, for a driver that can't tell the directions
// apart. Such a driver sends on every enabled port unless a table decides otherwise. So a port
// that only receives needs a table, and that needs a port that sends.
func (img *image) joinDirections() {
	sends := false
	for _, u := range img.ports {
		sends = sends || u.send
	}
	for index, u := range img.ports {
		on := u.send || u.receive && img.mode == modeFlows && sends
		img.ports[index] = use{on, on}
	}
}

// MostBuckets returns the length of the driver's table, for the weights of members.
func (p *Plane) MostBuckets() int { return tableLen }

// setTable sets the program and the table. The program's number is the hash modulo the number of
// members, or of the plan's buckets, and the row of that number has the member. For a plan that is
// resilient it is modulo the greatest multiple of the number of members that fits, and the flows
// of a lost member move row by row.
func (img *image) setTable(p *plane.Plan) error {
	length := len(p.Order())
	switch {
	case p.Buckets != nil:
		length = len(p.Buckets)
	case p.Resilient && len(p.Present()) > 0:
		length = tableLen / len(p.Present()) * len(p.Present())
	}
	if length > tableLen {
		return &lacp.FieldError{Field: "Buckets", Value: strconv.Itoa(length), Allowed: "at most " + strconv.Itoa(tableLen)}
	}
	code, err := hashCode(p.Hash, max(length, 1))
	if err != nil {
		return err
	}
	list, err := filter(code)
	if err != nil {
		return err
	}
	img.method = methodTable
	if len(p.Order()) == 0 {
		return nil // no port sends: frames are dropped
	}
	img.program = bpf.Bytes(list)
	table := p.Table()
	for i := range length {
		id, _ := table.Pick(uint32(i))
		index, err := indexOf(p.Members[id].Port)
		if err != nil {
			return err
		}
		img.table[i] = index
	}
	return nil
}

// indexOf returns a port's interface index.
func indexOf(p link.Port) (uint32, error) {
	if i, ok := p.(link.Indexed); ok && i.Index() > 0 {
		return uint32(i.Index()), nil
	}
	return 0, &lacp.FieldError{Field: "Port", Value: p.Name(), Allowed: "a network interface of this machine"}
}
