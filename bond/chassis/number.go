package chassis

import (
	"context"
	"fmt"
	"strconv"

	"github.com/lagkit/lagkit/lacp"
)

// MaxNumber is the highest number of a chassis. They count from 1.
const MaxNumber = 15

// NumberError is the error of a number that another chassis has.
type NumberError struct {
	Number int // 0: all numbers are taken
	Me     ID
	Owner  ID // the chassis that has the number; empty if all are taken
}

// Error names both chassis.
func (e *NumberError) Error() string {
	if e.Number == 0 {
		return fmt.Sprintf("chassis: no number for %s: all %d belong to other chassis", e.Me, MaxNumber)
	}
	return fmt.Sprintf("chassis: number %d for %s belongs to %s", e.Number, e.Me, e.Owner)
}

// Number returns the number of a chassis in its group, 1 to 15. If want is 0, that is the lowest number
// that no other chassis has. The store keeps it for good: only an operator frees the number of a chassis
// that left the group. The error is a [*NumberError], a [*lacp.FieldError] or that of the store.
func Number(ctx context.Context, d Directory, me ID, want int) (int, error) {
	switch {
	case me == "" || len(me) > maxName:
		return 0, &lacp.FieldError{Field: "me", Value: strconv.Quote(string(me)), Allowed: "1 to " + strconv.Itoa(maxName) + " octets"}
	case want < 0 || want > MaxNumber:
		return 0, &lacp.FieldError{Field: "want", Value: strconv.Itoa(want), Allowed: "1 to " + strconv.Itoa(MaxNumber) + ", or 0 for any"}
	}
	first, last := want, want
	if want == 0 {
		first, last = 1, MaxNumber
	}
	for n := first; n <= last; n++ {
		owner, err := d.Keep(ctx, "number/"+strconv.Itoa(n), []byte(me))
		switch {
		case err != nil:
			return 0, fmt.Errorf("chassis: number %d not read from the store: %w", n, err)
		case string(owner) == string(me):
			return n, nil
		case want != 0:
			return 0, &NumberError{want, me, ID(owner)}
		}
	}
	return 0, &NumberError{0, me, ""}
}

// PortBase returns bond.Config.PortBase of a chassis with a number: each chassis has a range of LACP
// port numbers of its own.
func PortBase(number int) uint16 { return uint16(number) << 12 }
