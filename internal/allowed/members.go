package allowed

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/bond/config"
)

// checkMembers checks the settings of single members.
func checkMembers(c *config.Config) error {
	return cmp.Or(
		checkEach("Weights", c.Weights, 1, maxWeight, "1 to "+strconv.Itoa(maxWeight)),
		checkEach("Keys", c.Keys, 1, maxKey, "1 to "+strconv.Itoa(maxKey)),
		checkEach("Rates", c.Rates, config.RateSlow, config.RateFast, "RateSlow or RateFast"),
	)
}

// checkEach rejects values of members, by name, out of a range.
func checkEach[T ~uint8 | ~uint16](field string, values map[string]T, least, most T, allowed string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if v := values[name]; v < least || v > most {
			return Refuse(field, name+": "+strconv.Itoa(int(v)), allowed)
		}
	}
	return nil
}

const (
	maxWeight = 10000 // the greatest weight that a member can be given
	maxKey    = 1023  // the greatest administrative key: the other bits of a key hold speed and duplex
)

// Names rejects settings that name members the bond does not have.
func Names(c *config.Config, members []string) error {
	for field, name := range Named(c) {
		if !slices.Contains(members, name) {
			return Refuse(field, name, "names of members: "+strings.Join(members, ", "))
		}
	}
	return nil
}

// Named yields the members that settings name, with the fields that do.
func Named(c *config.Config) iter.Seq2[string, string] {
	return func(yield func(field, name string) bool) {
		if c.Primary != "" && !yield("Primary", c.Primary) {
			return
		}
		for _, m := range []struct {
			field string
			names []string
		}{
			{"Priorities", slices.Sorted(maps.Keys(c.Priorities))}, {"PortPriority", slices.Sorted(maps.Keys(c.PortPriority))},
			{"Keys", slices.Sorted(maps.Keys(c.Keys))}, {"Rates", slices.Sorted(maps.Keys(c.Rates))},
			{"Weights", slices.Sorted(maps.Keys(c.Weights))},
		} {
			for _, name := range m.names {
				if !yield(m.field, name) {
					return
				}
			}
		}
	}
}
