package chassis

import (
	"context"
	"errors"
	"fmt"
)

// Reports returns what the chassis of a group publish about a LAG. It leaves out those that it can't read,
// and err joins why. It is for a program that is no chassis, such as one that checks a configuration.
func Reports(ctx context.Context, d Directory, lag string) (reports map[ID]Report, err error) {
	texts, err := d.Published(ctx, lag)
	if err != nil {
		return nil, err
	}
	reports = make(map[ID]Report)
	for id, text := range texts {
		r, e := parseReport(text)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("chassis: report of %s about %s: %w", id, lag, e))
			continue
		}
		reports[id] = r
	}
	return reports, err
}
