package team

import (
	"bytes"
	"maps"
	"slices"
)

// The options of the driver, and those of its values that are used here.
const (
	optionMode    = "mode"
	optionMethod  = "lb_tx_method"
	optionProgram = "bpf_hash_func"
	optionTable   = "lb_tx_hash_to_port_mapping"

	// Of a port.
	optionEnabled = "enabled"
	optionReceive = "rx_enabled" // newer drivers have both directions
	optionSend    = "tx_enabled"

	modeFlows  = "loadbalance"
	modeTurns  = "roundrobin"
	modeCopies = "broadcast"
	modeRandom = "random"
	noMode     = "*NOMODE*" // of a new team

	methodTable = "hash_to_port_mapping"
)

// tableLen is the length of the driver's table.
const tableLen = 256

// image is a state of the driver. Program, method and table are only those of modeFlows.
type image struct {
	mode    string
	method  string
	program []byte
	table   [tableLen]uint32 // interface indexes; 0: none, or any for one that is wanted
	ports   map[uint32]use   // by interface index
	twoWay  bool             // the driver has an option for each direction of a port
}

func (img *image) clone() *image {
	c := *img
	c.ports = maps.Clone(img.ports)
	return &c
}

// use is what a port does.
type use struct{ receive, send bool }

// parse returns the image that the options of a team show.
func parse(options []option) *image {
	img := &image{ports: make(map[uint32]use)}
	for _, o := range options {
		u := img.ports[o.port]
		switch {
		case o.name == optionMode:
			img.mode = o.text()
		case o.name == optionMethod:
			img.method = o.text()
		case o.name == optionProgram:
			img.program = o.data
		case o.name == optionTable && o.index < tableLen:
			img.table[o.index] = o.number()
		case o.name == optionEnabled && !img.twoWay:
			img.ports[o.port] = use{o.data != nil, o.data != nil}
		case o.name == optionReceive:
			u.receive, img.twoWay = o.data != nil, true
			img.ports[o.port] = u
		case o.name == optionSend:
			u.send, img.twoWay = o.data != nil, true
			img.ports[o.port] = u
		}
	}
	return img
}

// changes returns the options that turn one image into another of the same mode and with the
// same ports, in an order that lets no port send that shall not: without a row in the table, the
// driver sends on any enabled port. First come the ports that send, then the table, then the ports
// that only receive, and then those that end.
func changes(have, want *image) (list []option) {
	ports := slices.Sorted(maps.Keys(want.ports))
	add := func(begin bool, which func(index uint32) bool) {
		for _, index := range ports {
			if which(index) {
				list = append(list, portChanges(index, have.ports[index], want.ports[index], begin, want.twoWay)...)
			}
		}
	}
	add(true, want.sends)
	if want.mode == modeFlows {
		list = append(list, tableChanges(have, want)...)
	}
	add(true, func(index uint32) bool { return !want.sends(index) })
	add(false, func(uint32) bool { return true })
	return list
}

// sends reports whether a port sends. In modeFlows the table decides that.
func (img *image) sends(index uint32) bool {
	if img.mode == modeFlows {
		return slices.Contains(img.table[:], index)
	}
	return img.ports[index].send
}

// portChanges returns the options of a port that begin something, or those that end it.
func portChanges(index uint32, have, want use, begin, twoWay bool) (list []option) {
	change := func(name string, before, after bool) {
		if before != after && after == begin {
			list = append(list, boolOption(name, index, after))
		}
	}
	if twoWay {
		change(optionReceive, have.receive, want.receive)
		change(optionSend, have.send, want.send)
		return list
	}
	change(optionEnabled, have.receive || have.send, want.receive || want.send)
	return list
}

// tableChanges returns the options of modeFlows that differ. The table comes before the program:
// when a member joins, the rows that the old program uses stay as they are.
func tableChanges(have, want *image) (list []option) {
	for i, port := range want.table {
		if port != 0 && have.table[i] != port {
			o := numberOption(optionTable, port)
			o.array, o.index = true, uint32(i)
			list = append(list, o)
		}
	}
	if want.program != nil && !bytes.Equal(have.program, want.program) {
		list = append(list, option{name: optionProgram, kind: kindBinary, data: want.program})
	}
	if have.method != want.method {
		list = append(list, textOption(optionMethod, want.method))
	}
	return list
}
