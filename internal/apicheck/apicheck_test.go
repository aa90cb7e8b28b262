package main

import (
	"strings"
	"testing"
)

const changelog = `# Changelog

## Unreleased

- ` + "`bond`" + `: ` + "`NotBreaking`" + ` stands under no heading.

### Breaking

- ` + "`bond`" + `: ` + "`Config.Device`" + ` and ` + "`NewLink`" + ` take
  a ` + "`link.Device`" + `. ` + "`AddMember`" + ` does too.
- ` + "`hash/spread`" + ` holds ` + "`Table`" + `.
- Removed is ` + "`marker/old`" + `.

### New

- ` + "`bond`" + `: ` + "`Added`" + `.

## v0.1.0

### Breaking

- ` + "`bond`" + `: ` + "`Older`" + `.
`

func TestChangesHaveToBeAnnounced(t *testing.T) {
	for _, c := range []struct {
		name, change string
		announced    bool
	}{
		{"field by its name", "- ./bond.LACPConfig.Device: removed", true},
		{"method by its name", "- ./bond.(*Bond).AddMember: changed from func() to func(int)", true},
		{"method by its type", "- ./bond.Config.Check: removed", true},
		{"part of an identifier", "- ./bond.Config, method set of *Config: removed Close", true},
		{"package by its name, on the second line of an entry", "- ./bond/link.Device: removed", true},
		{"package by its folder", "- ./hash/spread.Table: removed", true},
		{"constant of a changed type", "- ./hash/spread.Small: changed from Table to Array", true},
		{"constant that has a changed type now", "- ./hash/spread.Small: changed from Array to Table", false},
		{"removed package", "- package github.com/lagkit/lagkit/marker/old: removed", true},
		{"identifier of another package", "- ./lacp.NewLink: removed", false},
		{"identifier that is no word of its own", "- ./bond.New: removed", false},
		{"other identifier", "- ./bond.Other: removed", false},
		{"under no heading", "- ./bond.NotBreaking: removed", false},
		{"under another heading", "- ./bond.Added: removed", false},
		{"in an older section", "- ./bond.Older: removed", false},
		{"removed package that no entry names", "- package github.com/lagkit/lagkit/marker: removed", false},
	} {
		var out strings.Builder
		missing, err := check(strings.NewReader(c.change+"\n"), changelog, &out)
		if want := map[bool]int{true: 0, false: 1}[c.announced]; missing != want || err != nil {
			t.Errorf("%s: %d changes missing, error %v, want %d and no error", c.name, missing, err, want)
		}
		if got := strings.Contains(out.String(), c.change); got == c.announced {
			t.Errorf("%s: printed %q, want the change only if it is missing", c.name, out.String())
		}
	}
}

func TestProgramsAndPrivatePackagesMayChange(t *testing.T) {
	changes := "- ./examples/probe.Run: removed\n- package github.com/lagkit/lagkit/fuzz: removed\n- ./internal/sim.Run: removed\n"
	var out strings.Builder
	missing, err := check(strings.NewReader(changes), "", &out)
	if missing != 0 || err != nil || out.String() != "0 incompatible changes, 0 announced\n" {
		t.Errorf("check() = %d, %v, printed %q, want no changes", missing, err, out.String())
	}
}

func TestUnknownLinesAreErrors(t *testing.T) {
	for _, line := range []string{"Incompatible changes:", "- bond.New: removed", "- ./bond.New"} {
		if _, err := check(strings.NewReader(line), "", &strings.Builder{}); err == nil {
			t.Errorf("check(%q) returns no error, want one", line)
		}
	}
}
