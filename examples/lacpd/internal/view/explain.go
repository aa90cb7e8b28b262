package view

import (
	"encoding/hex"

	"github.com/lagkit/lagkit/bond"
)

// Explanation is how a bond would send a frame now.
type Explanation struct {
	Bond    string   `json:"bond"`
	Mode    string   `json:"mode"`
	Hash    string   `json:"hash"`
	Cause   string   `json:"cause"`   // why the bond is up or down
	Spread  string   `json:"spread"`  // flows, in turn, copies or at random
	Members []string `json:"members"` // those that send the frame; not only one if the spread is not by flows
	Order   []string `json:"order"`   // the members that the hash chooses from, in its order
	Buckets int      `json:"buckets"` // of flows, that the members share; 0: none
	Trace   *Trace   `json:"trace"`   // null if the frame is not hashed
}

// Trace is how a frame got its hash.
type Trace struct {
	Hash   uint32   `json:"hash"`
	Bucket int      `json:"bucket"` // -1 without buckets
	Fields []Field  `json:"fields"`
	Words  []Word   `json:"words"`
	Notes  []string `json:"notes"`
}

// Field is a piece of the frame that went into the hash.
type Field struct {
	Name   string `json:"name"`
	Offset int    `json:"offset"`
	Octets string `json:"octets"` // in hexadecimal
}

// Word is a number on the way from the fields to the hash.
type Word struct {
	Name  string `json:"name"`
	Value uint32 `json:"value"`
}

// OfExplanation returns the view of an explanation by a bond.
func OfExplanation(b *Bond, e *bond.Explanation) Explanation {
	v := Explanation{Bond: b.Name, Mode: b.Mode, Hash: b.Hash, Cause: b.Cause, Spread: e.Spread.String(), Members: e.Members, Order: e.Order, Buckets: e.Buckets}
	t := e.Trace
	if t == nil {
		return v
	}
	v.Trace = &Trace{Hash: t.Hash, Bucket: t.Bucket, Fields: []Field{}, Words: []Word{}, Notes: []string{}}
	for _, f := range t.Fields {
		v.Trace.Fields = append(v.Trace.Fields, Field{f.Name, f.Offset, hex.EncodeToString(f.Octets)})
	}
	for _, w := range t.Words {
		v.Trace.Words = append(v.Trace.Words, Word{w.Name, w.Value})
	}
	for _, n := range t.Notes {
		v.Trace.Notes = append(v.Trace.Notes, n.String())
	}
	return v
}
