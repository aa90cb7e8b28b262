package convert

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lag "github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

var update = flag.Bool("update", false, "write the wanted results into testdata again")

// sample is a file of testdata: the sources, and then the sections meaning, result and notes.
//
// The meaning is what the bonds of the sources are, written by hand. The result and the notes are
// those of Convert.
type sample struct {
	sources                []Source
	meaning, result, notes string
}

// sections of a sample that are no sources.
const meaningSection, resultSection, notesSection = "meaning", "result", "notes"

func readSample(t *testing.T, name string) (s sample) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq("\n"+string(text), "\n-- ") {
		title, body, ok := strings.Cut(part, " --\n")
		if !ok {
			continue
		}
		if body != "" {
			body += "\n"
		}
		switch title {
		case meaningSection:
			s.meaning = strings.TrimSpace(body)
		case resultSection:
			s.result = body
		case notesSection:
			s.notes = strings.TrimSuffix(body, "\n\n")
		default:
			s.sources = append(s.sources, Source{title, []byte(body)})
		}
	}
	return s
}

// write writes the sample again, with another result and other notes.
func (s *sample) write(t *testing.T, name, result, notes string) {
	t.Helper()
	var out bytes.Buffer
	for _, source := range s.sources {
		fmt.Fprintf(&out, "-- %s --\n%s", source.Name, source.Text)
	}
	fmt.Fprintf(&out, "-- %s --\n%s\n-- %s --\n%s-- %s --\n%s", meaningSection, s.meaning, resultSection, result, notesSection, notes)
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSamplesAreConverted converts the samples of every program. Each result is the one that is
// written down, loads without a problem, and means what the sources mean.
func TestSamplesAreConverted(t *testing.T) {
	for _, kind := range Kinds {
		names, err := filepath.Glob(filepath.Join("testdata", string(kind), "*.txt"))
		if err != nil || len(names) < 20 {
			t.Fatalf("%s: %d samples, %v; want at least 20", kind, len(names), err)
		}
		for _, name := range names {
			t.Run(strings.TrimSuffix(filepath.ToSlash(name), ".txt"), func(t *testing.T) { convertSample(t, kind, name) })
		}
	}
}

func convertSample(t *testing.T, kind Kind, name string) {
	s := readSample(t, name)
	if got, err := Guess(s.sources); got != kind || err != nil {
		t.Errorf("Guess() = %q, %v, want %q", got, err, kind)
	}
	r, err := Convert(kind, s.sources)
	if err != nil {
		t.Fatal(err)
	}
	notes := ""
	for i := range r.Notes {
		notes += r.Notes[i].String() + "\n"
	}
	if *update {
		s.write(t, name, string(r.Text), notes)
		s.result, s.notes = string(r.Text), notes
	}
	if string(r.Text) != s.result {
		t.Errorf("result is\n%s\nwant\n%s", r.Text, s.result)
	}
	if strings.TrimSpace(notes) != strings.TrimSpace(s.notes) {
		t.Errorf("notes are\n%s\nwant\n%s", notes, s.notes)
	}
	f := config.Parse("result", r.Text)
	if len(f.Problems) > 0 {
		t.Errorf("the result has problems:\n%v", &config.Error{File: "result", Problems: f.Problems})
	}
	if got := meaningOf(f.Bonds) + "\ncomplete: " + map[bool]string{true: "yes", false: "no"}[r.Complete()]; got != s.meaning {
		t.Errorf("the result means\n%s\nwant\n%s", got, s.meaning)
	}
}

// meaningOf returns what bonds are, one on a line. It leaves out what is zero or the default.
func meaningOf(bonds []config.Bond) string {
	var lines []string
	for i := range bonds {
		c := bonds[i].OpenConfig()
		line := c.Name + " " + c.Mode.String() + " ports=" + strings.Join(c.Interfaces, ",")
		add := func(key string, value any, standard string) {
			if text := fmt.Sprint(value); text != standard {
				line += " " + key + "=" + text
			}
		}
		if c.Mode == lag.ModeLACP {
			add("rate", c.Rate, "")
		}
		if c.Mode == lag.ModeLACP || c.Mode == lag.ModeLoadBalance {
			add("hash", strings.ToUpper(c.Hash.String()), "")
		}
		add("min_links", c.MinLinks, "0")
		add("ad_select", c.LACP.Policy, "stable")
		add("primary", c.Primary, "")
		add("updelay", c.UpDelay.Milliseconds(), "0")
		add("downdelay", c.DownDelay.Milliseconds(), "0")
		if bonds[i].KeyAt("primary_reselect").Line > 0 {
			add("reselect", c.Reselect, "")
		}
		add("macpolicy", map[lag.MACPolicy]string{lag.MACActive: "ACTIVE"}[c.MACPolicy], "")
		add("packets", c.PacketsPerMember, "0")
		add("announce", c.AnnounceCount, "0")
		add("interval", c.AnnounceInterval.Milliseconds(), "0")
		add("rejoin", c.RejoinCount, "0")
		add("system", c.SystemAddr, "")
		add("sysprio", c.SystemPriority, "0")
		add("key", c.Key, "1")
		if bonds[i].KeyAt("mtu").Line > 0 {
			add("mtu", c.MTU, "")
		}
		add("mac", c.HardwareAddr, "")
		for _, a := range c.Addresses {
			add("address", a, "")
		}
		for _, r := range c.Routes {
			add("route", strings.NewReplacer(" via ", ">", " metric ", "m").Replace(r.String()), "")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
