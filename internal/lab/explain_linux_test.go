package lab

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// explanation says why a figure is worse than promised where that is the peer's
// doing, by what was seen of the peer in that very case.
type explanation struct {
	peer   *peerKind
	figure figureName
	kinds  []caseKind
	cases  []string // nil: all of the kinds
	when   func(r *result) bool
	text   string
	// evidence is the case whose capture shows it.
	evidence string
}

// explain returns what explains a miss; nil if nothing does.
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

// waitedNoLonger: from the second end's first LACPDU on it took us no longer to be
// in sync than is promised of the whole.
func waitedNoLonger(r *result) bool { return r.figures.synced-r.figures.spoke <= formMost+r.slack }

// answersOnly: the requests got through, what is lost is the second end's answers.
func answersOnly(r *result) bool { return r.figures.stuck <= underWayMost }

// toldLate: we stopped as soon as the second end said that it does not hear us.
func toldLate(r *result) bool {
	return r.figures.stopA <= r.figures.stopB+300*time.Millisecond+r.slack
}

// timedOut: the second end left without a word, and we gave it up after the time
// that is for that. At the slow rate a case does not last as long.
func timedOut(r *result) bool { return r.config.slow || r.figures.stopA <= stopMost+r.slack }

func stopsWithin(most time.Duration) func(r *result) bool {
	return func(r *result) bool { return !r.figures.silent && r.figures.stopB <= most+r.slack }
}

// TestExplanationsHaveEvidence: the captures are there that explanations refer to.
func TestExplanationsHaveEvidence(t *testing.T) {
	for _, e := range explanations() {
		if _, err := os.Stat(filepath.Join(captureDirectory, e.capture())); err != nil {
			t.Errorf("%s: %v", e.text, err)
		}
	}
}
