// Command bench compares package hash to the same arithmetic in C at -O2 (c/ref.c), over the
// same frames in memory. The two sides take turns of a fraction of a
// millisecond, so that other load on the machine hits both alike. It also measures policy
// flow with the table lookup and counters against layer3+4 in C. Run it with run.sh, which
// compiles the C side.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// config holds the settings of the command line.
type config struct {
	ref    string
	rounds int
	turn   time.Duration
	frames int
	tags   hash.TagView
	limit  float64
}

func main() {
	var c config
	flag.StringVar(&c.ref, "ref", "", "compiled c/ref.c (required)")
	flag.IntVar(&c.rounds, "rounds", 10, "turns of each side per line; the median counts")
	flag.DurationVar(&c.turn, "turn", 300*time.Microsecond, "approximate length of a turn; keep it below the time slice of a busy machine")
	flag.IntVar(&c.frames, "frames", 256, "frames per batch, at most 65536")
	flag.TextVar(&c.tags, "tags", hash.TagStripped, "view of the VLAN tag: stripped or inline")
	flag.Float64Var(&c.limit, "limit", 0, "exit 1 if a batch ratio is above this; 0 means never")
	flag.Parse()
	if err := run(c); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures every policy on every kind of traffic and prints a line for each.
func run(c config) error {
	if c.ref == "" || c.rounds < 1 || c.frames < 1 || c.frames > 65536 {
		return fmt.Errorf("want -ref FILE, -rounds of at least 1, -frames of 1 to 65536")
	}
	batches := make([][][]byte, len(traffic.Kinds))
	for i, k := range traffic.Kinds {
		batches[i] = traffic.Batch(k, c.frames, 1)
	}
	ref, err := startReference(c.ref, batches)
	if err != nil {
		return err
	}
	defer ref.close()

	over := 0
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "policy\ttraffic\tC ns\tSum32s ns\tratio\tSum32 ns\tratio\t")
	for _, p := range []hash.Policy{hash.Layer2, hash.Layer23, hash.Layer34, hash.Encap23, hash.Encap34} {
		for i, k := range traffic.Kinds {
			r, err := compare(c, ref, p, i, batches[i])
			if err != nil {
				return fmt.Errorf("%v on %v: %w", p, k, err)
			}
			if c.limit > 0 && r.batchRatio > c.limit {
				over++
			}
			fmt.Fprintf(w, "%v\t%v\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t\n",
				p, k, r.c, r.batch, r.batchRatio, r.single, r.singleRatio)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := measureTable(c, ref, batches); err != nil {
		return err
	}
	if over > 0 {
		return fmt.Errorf("%d lines with a batch ratio above %v", over, c.limit)
	}
	return nil
}

// result holds medians over the rounds: the time per frame in ns, and the time
// of Go divided by that of C in the same round.
type result struct {
	c, batch, single        float64
	batchRatio, singleRatio float64
}

// compare lets C, Sum32s and Sum32 hash a batch in turn.
func compare(c config, ref *reference, p hash.Policy, batch int, frames [][]byte) (result, error) {
	h, err := hash.New(p, hash.Options{Tags: c.tags})
	if err != nil {
		return result{}, err
	}
	sums := make([]uint32, len(frames))
	batchTurn := func(repeat int) time.Duration {
		start := time.Now()
		for range repeat {
			h.Sum32s(sums, frames)
		}
		return time.Since(start)
	}
	singleTurn := func(repeat int) time.Duration {
		start := time.Now()
		for range repeat {
			for i, f := range frames {
				sums[i] = h.Sum32(f)
			}
		}
		return time.Since(start)
	}

	// Find how many repetitions fill a turn. This also warms up both sides.
	repeat := int(c.turn/(batchTurn(100)/100+1)) + 1
	batchTurn(repeat)
	check := digest(sums)
	singleTurn(repeat)
	if digest(sums) != check {
		return result{}, fmt.Errorf("Sum32 and Sum32s differ")
	}
	if _, sum, err := ref.turn(batch, p, c.tags, repeat); err != nil {
		return result{}, err
	} else if sum != check {
		return result{}, fmt.Errorf("the sums of Go and C differ")
	}

	var inC, inBatch, inSingle, batchRatio, singleRatio []float64
	for range c.rounds {
		d, _, err := ref.turn(batch, p, c.tags, repeat)
		if err != nil {
			return result{}, err
		}
		b, s := batchTurn(repeat), singleTurn(repeat)
		inC = append(inC, float64(d))
		inBatch = append(inBatch, float64(b))
		inSingle = append(inSingle, float64(s))
		batchRatio = append(batchRatio, float64(b)/float64(d))
		singleRatio = append(singleRatio, float64(s)/float64(d))
	}
	hashes := float64(repeat * len(frames))
	return result{
		c: median(inC) / hashes, batch: median(inBatch) / hashes, single: median(inSingle) / hashes,
		batchRatio: median(batchRatio), singleRatio: median(singleRatio),
	}, nil
}

// digest condenses sums the way c/ref.c does.
func digest(sums []uint32) (d uint32) {
	for _, s := range sums {
		d = d*31 + s
	}
	return d
}

// median sorts v and returns its middle.
func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
