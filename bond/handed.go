package bond

import (
	"sync"

	"github.com/lagkit/lagkit/internal/handing"
)

// HandedVersion is the version of what [Bond.Pause] returns. A successor takes only its own
// version, so it asks for the version before it asks for the bond.
const HandedVersion = handing.Version

// pausing is whether the bond is paused.
type pausing struct {
	use     sync.Mutex    // held by Pause, Resume and Release
	resumed chan struct{} // closed by Resume or Release; nil: not paused
	members []*member     // that are paused
	heir    *handing.Bond // the bond came from another process and has not run here; nil otherwise

	// Of control, or of Resume as long as control does not run:
	quiet    bool // the first plans of a bond from another process: its stations were announced there
	released bool // the bond is another process's
}
