package bond

import (
	"io/fs"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// The bond waits for an interface that is missing, at the start or later: the interface joins
// when it appears under its name. A separate goroutine, awaitMembers, opens the interfaces,
// because opening waits for the kernel.

// MissingMember is an interface that the bond waits for.
type MissingMember struct {
	Name  string
	Why   string    // why it is not a member
	Since time.Time // when it was found missing
}

// missing records that a wanted interface is not a member, and why.
func (b *Bond) missing(now time.Time, name string, err error) {
	if b.wanted.Missing(now, name, err) {
		b.log.Warn("member is missing, the bond waits for it", "member", name, "why", err)
		b.emit(Event{Kind: EventMissing, Member: name, Detail: err.Error()})
	}
}

// missingMembers returns the interfaces that the bond waits for.
func (b *Bond) missingMembers() (list []MissingMember) {
	for _, e := range b.wanted {
		if e.Err != nil {
			list = append(list, MissingMember{e.Name, e.Why(), e.Since})
		}
	}
	return list
}

// want makes the bond wait for the interface of a link whenever it is missing, as it may be now.
func (b *Bond) want(l link.Port) {
	b.wanted.Add(l.Name())
	if isAbsent(l) {
		b.missing(time.Now(), l.Name(), fs.ErrNotExist)
	}
}
