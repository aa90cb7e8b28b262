//go:build !noetcd

package group

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

// compareTime is how long the store may take to answer.
const compareTime = 5 * time.Second

// Compare returns how the LAGs of a file differ from those that the other boxes publish now, as warnings
// that stand at the keys. The error is why they could not be compared.
func Compare(ctx context.Context, f *config.File, open Open) (found config.Problems, err error) {
	c := f.Chassis
	if c.External {
		return nil, errors.New("with external true there is no store to ask")
	}
	ctx, cancel := context.WithTimeout(ctx, compareTime)
	defer cancel()
	files, err := Read(c)
	if err != nil {
		return nil, err
	}
	d, err := open(ctx, c, &files, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	for i := range f.Bonds {
		b := &f.Bonds[i]
		if b.LAG.Name == "" {
			continue
		}
		reports, e := chassis.Reports(ctx, d, b.LAG.Name)
		err = errors.Join(err, e)
		delete(reports, chassis.ID(c.Name)) // of the lacpd that runs here
		for _, id := range slices.Sorted(maps.Keys(reports)) {
			r := reports[id]
			found = append(found, differences(c, b, string(id), &r)...)
		}
	}
	return found, err
}

// differences compares a bond with what another box publishes about its LAG.
func differences(c *config.Chassis, b *config.Bond, other string, r *chassis.Report) (found config.Problems) {
	if _, ok := c.Peers[other]; !ok {
		found.Warn(c.KeyAt("peers"), "peers", strings.Join(slices.Sorted(maps.Keys(c.Peers)), " "), other+" is a box of the group, too")
	}
	if hold := r.Settings["hold"]; hold != "" && hold != c.Hold.String() {
		found.Warn(c.KeyAt("hold"), "hold", c.Hold.String(), other+" has "+hold)
	}
	ours := b.Shared()
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		theirs, both := r.Settings[key]
		if !both || theirs == ours[key] {
			continue
		}
		at := b.KeyAt(key)
		if at == (config.Position{}) { // the default
			at = b.KeyAt("lag")
		}
		found.Warn(at, key, ours[key], other+" has "+theirs)
	}
	for i := range r.Ports {
		if n := int(r.Ports[i].Port.Number >> 12); n == c.Number && n > 0 {
			found.Warn(c.KeyAt("number"), "number", strconv.Itoa(n), other+" has the same")
			break
		}
	}
	return found
}
