package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// check completes the options and rejects combinations that do not work together.
func (o *options) check(flags *flag.FlagSet) error {
	if err := o.group(); err != nil {
		return err
	}
	switch {
	case flags.NArg() != 1:
		return fmt.Errorf("want one file, got %d arguments", flags.NArg())
	case o.lose != noMember && (o.lose < 0 || o.lose >= len(o.members)):
		return fmt.Errorf("-lose is %d, want a member, 0 to %d", o.lose, len(o.members)-1)
	case o.frame < 0:
		return fmt.Errorf("-frame is %d, want 1 or more", o.frame)
	case o.explain && (o.report || o.compare || o.lose != noMember || o.svg != ""):
		return fmt.Errorf("-explain shows frames, want it without -report, -compare, -lose or -svg")
	case o.json && (o.explain || o.compare || o.lose != noMember):
		return fmt.Errorf("-json is for frames and -report, want it without -explain, -compare or -lose")
	}
	if o.seed != "" {
		o.hash.Seed = hash.SeedFrom([]byte(o.seed))
	}
	return nil
}

// group creates the members and chooses the table.
func (o *options) group() error {
	weights := []uint32{}
	if o.weights != "" {
		if o.count != 0 {
			return fmt.Errorf("-members and -weights, want one of the two")
		}
		for _, s := range strings.Split(o.weights, ",") {
			w, err := strconv.ParseUint(s, 10, 32)
			if err != nil || w == 0 {
				return fmt.Errorf("-weights has %q, want whole numbers from 1 to 4294967295, such as 10,10,25", s)
			}
			weights = append(weights, uint32(w))
		}
	} else if o.count < 1 || o.count > maxMembers {
		return fmt.Errorf("-members is %d, want 1 to %d", o.count, maxMembers)
	}
	for len(weights) < o.count {
		weights = append(weights, 1)
	}
	for i, w := range weights {
		o.members = append(o.members, spread.Member{ID: uint16(i), Weight: w, Up: true})
	}
	switch o.tableName {
	case "modulo":
		if o.weights != "" {
			return fmt.Errorf("-weights with -table modulo, want resilient: modulo ignores weights")
		}
		o.table = spread.Modulo
	case "resilient":
		o.table = spread.Resilient
	case "":
		o.table = o.defaultTable(o.policy)
	default:
		return fmt.Errorf("-table is %q, want modulo or resilient", o.tableName)
	}
	return nil
}

// defaultTable returns how a policy picks members if -table is not given.
func (o *options) defaultTable(p hash.Policy) spread.Selection {
	if p == hash.Flow || o.weights != "" {
		return spread.Resilient
	}
	return spread.Modulo
}

// distributor returns a Hasher and a Distributor for a policy, with the options that the
// policy has.
func (o *options) distributor(p hash.Policy) (hash.Hasher, *spread.Distributor, error) {
	ho, table := o.hash, o.table
	if p != o.policy { // another policy of -compare
		if p != hash.Flow {
			ho.Symmetric, ho.Inner, ho.Hardened = false, false, false
		}
		if o.tableName == "" {
			table = o.defaultTable(p)
		}
	}
	h, err := hash.New(p, ho)
	if err != nil {
		return h, nil, err
	}
	d, err := spread.NewDistributor(h, spread.DistributorConfig{Select: table, Buckets: o.buckets})
	if err != nil {
		return h, nil, err
	}
	_, err = d.Update(o.members)
	return h, d, err
}
