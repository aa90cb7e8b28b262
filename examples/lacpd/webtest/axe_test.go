package webtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// violation is a finding of axe-core.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML string `json:"html"`
		Why  string `json:"failureSummary"`
	} `json:"nodes"`
}

// TestPageIsAccessible lets axe-core look at every state with all parts open, in light and dark,
// and at a page without contact.
func TestPageIsAccessible(t *testing.T) {
	inLab(t)
	script, err := os.ReadFile(filepath.Join(os.Getenv("AXE"), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Skipf("needs axe-core, see the package comment: %v", err)
	}
	for name, tt := range map[string]struct {
		scheme string
		width  int64
		bonds  func(scene) []view.Bond
		lost   bool
	}{
		"light":   {"light", 1200, scene.all, false},
		"dark":    {"dark", 375, scene.all, false},
		"no-bond": {"light", 375, func(scene) []view.Bond { return []view.Bond{} }, false},
		"lost":    {"dark", 1200, only(scene.faulty), true},
	} {
		t.Run(name, func(t *testing.T) {
			d := serve(t, traffic(tt.bonds))
			b := newTab(t, tt.width, 900)
			prefer := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: tt.scheme}}}
			if _, err := chromedp.Call(b, emulation.SetEmulatedMedia, prefer); err != nil {
				t.Fatal(err)
			}
			b.open(d.url)
			b.openAll()
			if tt.lost {
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				b.until(`document.body.dataset.contact == "lost"`)
			}
			for _, v := range audit(t, b, string(script)) {
				t.Errorf("%s: %s (%d times)", v.ID, v.Help, len(v.Nodes))
				for i := range min(3, len(v.Nodes)) {
					t.Logf("%s\n%s", v.Nodes[i].HTML, v.Nodes[i].Why)
				}
			}
			if tt.lost {
				again(t, d)
			}
		})
	}
}

// audit runs axe-core with all its rules.
func audit(t *testing.T, b *tab, script string) []violation {
	t.Helper()
	b.do(script)
	found, err := chromedp.Run(b, chromedp.Evaluate[[]violation](`axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations)`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
