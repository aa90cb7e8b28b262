package webtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

func only(bond func(scene) view.Bond) func(scene) []view.Bond {
	return func(s scene) []view.Bond { return []view.Bond{bond(s)} }
}

func TestPageShowsWhatIsUpAndWhatIsNot(t *testing.T) {
	d := serve(t, traffic(only(scene.faulty)))
	b := newTab(t, 1200, 900)
	b.open(d.url)
	b.until(`document.querySelectorAll(".findings li").length == 3`)
	text := b.text()
	for _, want := range []string{
		"box-7", "● live",
		"on 1 of 4 links", "enp65s0f1 has no link", "leads to another partner", "enp67s0f1 is missing",
		"Check the cable and that both interfaces are up.", "00:1c:73:0f:a2:44, want 00:1c:73:0f:a2:10", "check the cabling",
		"there is no such interface", "system 00:1c:73:0f:a2:10", "system 02:42:ac:11:00:02", "other system 00:1c:73:0f:a2:44",
		"uplink to the core switches", "LACP active, rate FAST", "10 Gbit/s",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	states := value[[]string](b, `[...document.querySelectorAll(".cables > li")].map((c) => c.dataset.state)`)
	if got := fmt.Sprint(states); got != "[carry down wrong missing]" {
		t.Errorf("cables are drawn as %s, want [carry down wrong missing]", got)
	}
	b.until(`document.querySelector(".chart path.out").getAttribute("d")?.includes("L") && /Gbit\/s/.test(document.querySelector(".chart .legend").textContent)`)
	b.quiet()
}

// TestPageShowsTheRoleOfABox: a standby is not down, and what the boxes lack is a finding.
func TestPageShowsTheRoleOfABox(t *testing.T) {
	d := serve(t, traffic(only(scene.standby)))
	b := newTab(t, 1200, 900)
	b.open(d.url)
	b.until(`document.querySelectorAll(".findings li").length == 2`)
	text := b.text()
	for _, want := range []string{
		"standby for 3 h", "for head-a, which carries LAG uplink, epoch 4711", "LAG uplink: head-a carries it for 4 min, epoch 4711, this box stands by",
		"mtu is 9000 here and 1500 on head-a", "is not guarded: if lacpd dies, its links stay up",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if got := value[string](b, `document.querySelector(".bond").dataset.state`); got != "standby" {
		t.Errorf("the bond is drawn as %s, want standby", got)
	}
	b.quiet()
}

func TestMemberOpensToItsFlagsAndPartner(t *testing.T) {
	d := serve(t, traffic(only(scene.healthy)))
	b := newTab(t, 1200, 900)
	b.open(d.url)
	b.click(".member summary")
	b.until(`document.querySelectorAll(".member[open] tbody tr").length == 14`)
	text := value[string](b, `document.querySelector(".member[open]").innerText`)
	for _, want := range []string{"00:1c:73:0f:a2:10", "0x3d", "Synchronization", "● yes", "○ no", "LACPDU", "12 s ago"} {
		if !strings.Contains(text, want) {
			t.Errorf("the member lacks %q:\n%s", want, text)
		}
	}
	// The next statuses leave open what a reader opened.
	seen := value[string](b, `document.querySelector(".chart path.out").getAttribute("d")`)
	b.until(fmt.Sprintf(`document.querySelector(".chart path.out").getAttribute("d") != %q`, seen))
	if !value[bool](b, `document.querySelector(".member").open`) {
		t.Error("a new status closed the member, want it open")
	}
	b.quiet()
}

// TestEveryStateIsDrawn opens one bond for each state, at the width of a phone and of a desk.
func TestEveryStateIsDrawn(t *testing.T) {
	inLab(t)
	for _, width := range []int64{375, 1200} {
		d := serve(t, traffic(scene.all))
		b := newTab(t, width, 800)
		b.open(d.url)
		b.openAll()
		b.until(`document.querySelectorAll(".bond[open] .drawing .cables > li").length == 39`)
		if over := value[[]string](b, overflowing); len(over) > 0 {
			t.Errorf("%d px: wider than the page: %q", width, over)
		}
		shapes := value[[]string](b, `[...new Set([...document.querySelectorAll(".cables > li")].map((c) => c.dataset.state))].sort()`)
		if got, want := fmt.Sprint(shapes), "[carry down loop missing standby warn wrong]"; got != want {
			t.Errorf("%d px: the states drawn are %s, want %s", width, got, want)
		}
		// A word stands with each shape.
		if bare := value[int](b, `[...document.querySelectorAll(".cables > li")].filter((c) => !c.querySelector(".words").innerText).length`); bare != 0 {
			t.Errorf("%d px: %d cables have no words", width, bare)
		}
		for _, want := range []string{"not open", "no partner", "leads back to itself", "is passive, and so is its partner", "is on standby", "is drained", "nothing heard"} {
			if !strings.Contains(b.text(), want) {
				t.Errorf("%d px: the page lacks %q", width, want)
			}
		}
		b.quiet()
	}
}

// overflowing is what makes a page scroll sideways.
const overflowing = `document.documentElement.scrollWidth <= innerWidth ? [] :
	[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
		.map((e) => e.tagName + "." + e.className).slice(0, 8).concat(document.documentElement.scrollWidth)`

func TestManyBondsAndNone(t *testing.T) {
	inLab(t)
	d := serve(t, traffic(scene.many))
	b := newTab(t, 375, 800)
	b.open(d.url)
	b.until(`document.querySelectorAll(".bond").length == 64`)
	if open := value[[]string](b, `[...document.querySelectorAll(".bond[open] h2")].map((h) => h.textContent)`); fmt.Sprint(open) != "[bond40]" {
		t.Errorf("open are %v, want the one with a fault", open)
	}
	if title := value[string](b, "document.title"); !strings.Contains(title, "1 of 64 bonds") {
		t.Errorf("the title is %q, want one of 64 bonds in it", title)
	}
	if over := value[[]string](b, overflowing); len(over) > 0 {
		t.Errorf("wider than the page: %q", over)
	}
	b.click(`a[href="#bond-bond63"]`)
	b.until(`document.getElementById("bond-bond63").open && document.querySelectorAll("#bond-bond63 .cables > li").length == 2`)
	d.set(func() view.Status { return view.Status{Bonds: []view.Bond{}} })
	b.until(`document.querySelectorAll(".bond").length == 0 && document.body.innerText.includes("lacpd has no bonds")`)
	b.quiet()
}

// TestPageReportsLostContact ends lacpd, and starts another one at the same address.
func TestPageReportsLostContact(t *testing.T) {
	d := serve(t, traffic(only(scene.healthy)))
	b := newTab(t, 375, 800)
	b.open(d.url)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	b.until(`document.body.dataset.contact == "lost" && document.body.innerText.includes("Lost contact with lacpd")`)
	if title := value[string](b, "document.title"); !strings.Contains(title, "no contact") {
		t.Errorf("the title is %q, want no contact in it", title)
	}
	if over := value[[]string](b, overflowing); len(over) > 0 {
		t.Errorf("wider than the page: %q", over)
	}
	again(t, d)
	b.until(`document.body.dataset.contact == "live" && !document.body.innerText.includes("Lost contact")`)
}

// TestKeyboardReachesEverything goes through the page with the Tab key and opens what can be
// opened with Enter.
func TestKeyboardReachesEverything(t *testing.T) {
	inLab(t)
	d := serve(t, traffic(func(s scene) []view.Bond { return s.all()[:2] }))
	b := newTab(t, 1200, 900)
	b.open(d.url)
	b.do(`globalThis.reached = new Set(); addEventListener("focusin", (e) => {
		reached.add(e.target);
		globalThis.visible = getComputedStyle(e.target).outlineStyle != "none";
	})`)
	for range 60 {
		b.run(chromedp.KeyEvent("\t"))
		if !value[bool](b, `globalThis.visible ?? true`) {
			t.Fatalf("focus can't be seen on %s", value[string](b, `document.activeElement.outerHTML.slice(0, 200)`))
		}
		if value[bool](b, `document.activeElement.matches("details:not([open]) > summary")`) {
			b.run(chromedp.KeyEvent("\r"))
		}
		if value[bool](b, `document.activeElement == document.body`) {
			break
		}
	}
	missed := value[[]string](b, `[...document.querySelectorAll("summary, a")].filter((e) => e.checkVisibility() && !reached.has(e)).map((e) => e.textContent)`)
	if len(missed) > 0 {
		t.Errorf("the Tab key does not reach %q", missed)
	}
	if closed := value[int](b, `[...document.querySelectorAll("details:not([open])")].filter((e) => e.checkVisibility()).length`); closed != 0 {
		t.Errorf("%d parts are closed, want all opened by the Enter key", closed)
	}
	b.quiet()
}
