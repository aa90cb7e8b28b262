package waitlist

import (
	"errors"
	"io/fs"
	"testing"
)

func TestOnlyAnInterfaceThatIsGoneDoesNotExist(t *testing.T) {
	for l, want := range map[Lost]bool{Gone: true, "it can't be read": false} {
		if got := errors.Is(l, fs.ErrNotExist); got != want {
			t.Errorf("%q is %v: %v, want %v", l, fs.ErrNotExist, got, want)
		}
	}
	if Gone.Error() != "its interface is gone" {
		t.Errorf("Gone is %q, want that its interface is gone", Gone.Error())
	}
}
