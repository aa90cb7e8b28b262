package main

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// measureTable measures the whole path from a frame to its member.
func measureTable(c config, ref *reference, batches [][][]byte) error {
	h, err := hash.New(hash.Flow, hash.Options{Tags: c.tags})
	if err != nil {
		return err
	}
	d, err := spread.NewDistributor(h, spread.DistributorConfig{})
	if err != nil {
		return err
	}
	members := make([]spread.Member, 4)
	for i := range members {
		members[i] = spread.Member{ID: uint16(i), Up: true}
	}
	if _, err := d.Update(members); err != nil {
		return err
	}
	worker := d.NewWorker()
	ids := make([]uint16, c.frames)

	fmt.Println("\nflow, table lookup and counters against layer3+4 in C:")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "traffic\tC ns\tPickBatch ns\tratio\t")
	for i, k := range traffic.Kinds {
		frames := batches[i]
		turn := func(repeat int) time.Duration {
			start := time.Now()
			for range repeat {
				worker.PickBatch(ids, frames)
			}
			return time.Since(start)
		}
		repeat := int(c.turn/(turn(100)/100+1)) + 1
		var inC, inGo, ratio []float64
		for range c.rounds {
			t, _, err := ref.turn(i, hash.Layer34, c.tags, repeat)
			if err != nil {
				return err
			}
			g := turn(repeat)
			inC, inGo = append(inC, float64(t)), append(inGo, float64(g))
			ratio = append(ratio, float64(g)/float64(t))
		}
		n := float64(repeat * len(frames))
		fmt.Fprintf(w, "%v\t%.2f\t%.2f\t%.2f\t\n", k, median(inC)/n, median(inGo)/n, median(ratio))
	}
	return w.Flush()
}
