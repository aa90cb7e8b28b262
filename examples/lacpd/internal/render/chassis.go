package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// Chassis prints the group of a status that has one, and its LAGs, for people.
func Chassis(w io.Writer, s *view.Status, now time.Time) error {
	p := page{now: now}
	c := s.Chassis
	p.printf("group %s, this is %s", c.Group, c.Name)
	if c.Number > 0 {
		p.printf(" (%d)", c.Number)
	}
	p.printf(", %s\n", storeText(c))
	if c.Error != "" {
		p.printf("  not joined: %s\n", c.Error)
	}
	differs := false
	for i := range s.Bonds {
		if l := s.Bonds[i].LAG; l != nil {
			p.lag(l, s.Bonds[i].Name)
			differs = differs || len(l.Differences) > 0
		}
	}
	if !c.External && !differs {
		p.printf("differences: none\n")
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

// storeText describes the store of a group.
func storeText(c *view.Chassis) string {
	s := c.Store
	switch {
	case s == nil:
		return "the box's own engine decides"
	case s.Contact == nil && s.Error != "":
		return "store: no answer yet: " + s.Error
	case s.Contact == nil:
		return "store: no answer yet"
	}
	text := "store: "
	if s.Answering > 0 {
		text += fmt.Sprintf("%d of ", s.Answering)
	}
	text += fmt.Sprintf("%d, last contact %d ms ago, answers in %s ms", s.Members, *s.Contact, milliseconds(s.Latency))
	if !s.Answers {
		text += ", does not answer: " + s.Error
	}
	return text
}

// milliseconds returns microseconds as milliseconds with one digit behind the point.
func milliseconds(us int) string {
	return strconv.FormatFloat(float64(us)/1000, 'f', 1, 64)
}

// role prints what this box does for the LAG of a bond, apart from what its cause says already.
func (p *page) role(l *view.LAG) {
	if l.Mode == view.ModeAll || l.Role == view.RoleActive {
		p.printf("  %s\n", view.RoleInWords(l))
	} else if r := l.Reason; r != nil {
		p.printf("  this box carries nothing of LAG %s: %s\n", l.Name, reasonText(r, p.now))
	}
	if l.WithoutStandby() {
		p.printf("  no other box could take LAG %s over: lacpd chassis status shows why\n", l.Name)
	}
}

// lag prints a LAG and what each box does for it.
func (p *page) lag(l *view.LAG, bond string) {
	p.printf("lag %-8s ", l.Name)
	switch {
	case l.Mode == view.ModeAll:
		p.printf("all boxes carry it")
	case l.Active == "":
		p.printf("active: none")
	default:
		p.printf("active: %s", l.Active)
	}
	if l.Active != "" && l.Since != nil {
		p.printf(" since %s", age(*l.Since, p.now))
	}
	if l.Epoch > 0 {
		p.printf(", epoch %d", l.Epoch)
	}
	if l.Role == view.RoleActive {
		p.printf(", permission %d ms left (%s)", l.Left, sourceWords[l.Source])
	}
	p.printf(", bond %s\n", bond)
	if r := l.Reason; r != nil && l.Role == view.RoleNone {
		p.printf("  this box could not carry it: %s\n", reasonText(r, p.now))
	}
	p.boxes(l)
	for _, d := range l.Differences {
		p.printf("  differs from %s: %s %s here, %s there\n", d.Box, d.What, d.Ours, d.Theirs)
	}
	if l.WithoutStandby() {
		p.printf("  no standby: no other box could take it over\n")
	}
}

var sourceWords = map[string]string{
	view.SourceStore: "store", view.SourcePeers: "granted by the other boxes", view.SourceExternal: "the box's own engine", view.SourceNone: "isolated, on_isolation HOLD",
}

// boxes prints a line for each box.
func (p *page) boxes(l *view.LAG) {
	boxes := slices.Clone(l.Boxes)
	slices.SortFunc(boxes, func(a, b view.Box) int { return cmp.Compare(a.Name, b.Name) })
	width, partner := 0, ""
	for i := range boxes {
		width = max(width, len(boxTitle(&boxes[i])))
	}
	for i := range boxes {
		b := &boxes[i]
		p.printf("  %-*s  %s", width, boxTitle(b), boxText(b))
		switch b.Partner {
		case "":
		case partner:
			p.printf("   partner the same")
		default:
			p.printf("   partner %s", b.Partner)
			partner = cmp.Or(partner, b.Partner)
		}
		if l.Mode == view.ModeStandby && b.Name != l.Active && l.Active != "" && b.Able && l.TakeoverMS > 0 {
			p.printf("   standby: would take over in about %s s", strconv.FormatFloat(float64(l.TakeoverMS)/1000, 'f', 1, 64))
		}
		p.out.WriteByte('\n')
	}
}

func boxTitle(b *view.Box) string {
	if b.Number == 0 {
		return b.Name
	}
	return fmt.Sprintf("%s (%d)", b.Name, b.Number)
}

// silentAfter is after how many milliseconds without a heartbeat a box is not heard. It sends one each 2 s
// at least.
const silentAfter = 3_000

// boxText describes what a box could do.
func boxText(b *view.Box) string {
	switch {
	case b.Gone:
		return "has ended"
	case !b.Self && b.Heard == nil:
		return "not heard"
	case b.Heard != nil && *b.Heard > silentAfter:
		return fmt.Sprintf("not heard for %d s", *b.Heard/1000)
	}
	text := "not able"
	if b.Able {
		text = "ready"
	}
	if b.Links > 0 {
		text += fmt.Sprintf("  %d of %d links", b.Score, b.Links)
	} else {
		text += fmt.Sprintf("  score %d", b.Score)
	}
	if len(b.Ports) > 0 {
		var ports []string
		for _, n := range b.Ports {
			ports = append(ports, strconv.Itoa(n))
		}
		text += "   ports " + strings.Join(ports, " ")
	}
	return text
}
