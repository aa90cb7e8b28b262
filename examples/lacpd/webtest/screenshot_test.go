package webtest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

var update = flag.Bool("update", false, "write the pictures of ../docs again")

// TestScreenshots makes the pictures of the documentation, for -update alone: no two browsers
// draw the same pixels.
func TestScreenshots(t *testing.T) {
	if !*update {
		t.Skip("writes the pictures of ../docs with -update")
	}
	for name, of := range map[string]func(scene) view.Bond{"healthy": scene.healthy, "fault": scene.faulty} {
		d := serve(t, traffic(only(of)))
		b := newTab(t, 1100, 860)
		b.open(d.url)
		for _, e := range story(name == "fault") {
			d.Note("bond0", &e)
		}
		b.until(`(document.querySelector(".chart path.out").getAttribute("d")?.match(/L/g) ?? []).length > 20 && document.querySelectorAll(".transitions li").length > 1`)
		save(t, b, name)
	}
}

// story is what has happened to a bond.
func story(fault bool) []bond.Event {
	at := time.Now()
	events := []bond.Event{
		{At: at.Add(-3 * time.Hour), Kind: bond.EventBond, Up: true},
		{At: at.Add(-3 * time.Hour), Kind: bond.EventMember, Member: "enp65s0f0", Up: true, Reason: lacp.Reason{Code: lacp.ReasonDistributing}},
		{At: at.Add(-3 * time.Hour), Kind: bond.EventMember, Member: "enp65s0f1", Up: true, Reason: lacp.Reason{Code: lacp.ReasonDistributing}},
	}
	if fault {
		events = append(events,
			bond.Event{At: at.Add(-2 * time.Minute), Kind: bond.EventMember, Member: "enp65s0f1", Reason: lacp.Reason{Code: lacp.ReasonLinkDown}},
			bond.Event{At: at.Add(-2 * time.Minute), Kind: bond.EventMember, Member: "enp67s0f0", Reason: lacp.Reason{Code: lacp.ReasonDifferentPartner}})
	}
	return events
}

func save(t *testing.T, b *tab, name string) {
	t.Helper()
	picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "docs", name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
