package lab

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// explanation says why a figure misses its limit because of the peer. It depends on how the
// peer behaved in that very case.
type explanation struct {
	peer   *peerKind
	figure figureName
	kinds  []caseKind
	cases  []string // nil: all cases of the kinds
	when   func(r *result) bool
	text   string
	// evidence is the case whose capture shows the reason.
	evidence string
}

// explain returns the explanation of a miss, or nil.
func explain(r *result, m *miss) *explanation {
	for _, e := range explanations() {
		if e.peer == r.b && e.figure == m.figure && slices.Contains(e.kinds, r.kind) &&
			(e.cases == nil || slices.Contains(e.cases, r.name)) && e.when(r) {
			return e
		}
	}
	return nil
}

// capture is the name of the file with the evidence.
func (e *explanation) capture() string { return captureName(e.peer.name, e.evidence) }

// waitedNoLonger: counted from the second end's first LACPDU, we were in sync within the limit
// for the whole.
func waitedNoLonger(r *result) bool { return r.figures.synced-r.figures.spoke <= formMost+r.slack }

// answersOnly: the requests got through; only the second end's answers were lost.
func answersOnly(r *result) bool { return r.figures.stuck <= underWayMost }

// toldLate: we stopped as soon as the second end reported that it does not receive us.
func toldLate(r *result) bool {
	return r.figures.stopA <= r.figures.stopB+300*time.Millisecond+r.slack
}

// timedOut: the second end left without a last LACPDU, and we gave it up after the time-out.
// At the slow rate a case does not last that long.
func timedOut(r *result) bool { return r.config.slow || r.figures.stopA <= stopMost+r.slack }

func stopsWithin(most time.Duration) func(r *result) bool {
	return func(r *result) bool { return !r.figures.silent && r.figures.stopB <= most+r.slack }
}

// TestExplanationsHaveEvidence: the captures that explanations refer to exist.
func TestExplanationsHaveEvidence(t *testing.T) {
	for _, e := range explanations() {
		if _, err := os.Stat(filepath.Join(captureDirectory, e.capture())); err != nil {
			t.Errorf("%s: %v", e.text, err)
		}
	}
}
