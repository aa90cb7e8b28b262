package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryIDHasATest checks that a test carries each id of the list, unless the list gives
// a reason why not, and that no test carries an id that is not in the list.
func TestEveryIDHasATest(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readList(filepath.Join(root, listFile))
	if err != nil {
		t.Fatal(err)
	}
	carried := map[string]string{}
	for _, dir := range packages {
		ids, err := carriedIn(root, dir)
		if err != nil {
			t.Fatal(err)
		}
		for id, file := range ids {
			carried[id] = file
		}
	}
	for _, r := range rows {
		switch _, has := carried[r.id]; {
		case r.id == "":
		case !has && r.gap == "":
			t.Errorf("%s (%s) has no test, want a subtest with the id in its name", r.id, r.text)
		case has && r.gap != "":
			t.Errorf("%s has a test in %s, but %s says that it has none: remove the reason there", r.id, carried[r.id], listFile)
		}
		delete(carried, r.id)
	}
	for id, file := range carried {
		// The list does not cover version 2 and the 2020 edition.
		if !strings.HasPrefix(id, "N20-") {
			t.Errorf("%s names %s, which is not in %s", file, id, listFile)
		}
	}
}

func TestListErrors(t *testing.T) {
	for _, name := range []string{"testdata/twice.txt", "testdata/noid.txt", "testdata/missing.txt"} {
		if rows, err := readList(name); err == nil {
			t.Errorf("%s: got rows %+v, want an error", name, rows)
		}
	}
}

func TestTable(t *testing.T) {
	out := `{"Action":"run","Package":"x/lacp","Test":"T"}
{"Action":"pass","Package":"x/lacp","Test":"T/RXM-03_and_RXM-04_hold"}
{"Action":"skip","Package":"x/lacp","Test":"T/RXM-03_again"}
{"Action":"fail","Package":"x/lacp","Test":"T/A07_outer/inner"}
{"Action":"fail","Package":"x/lacp","Test":"T/A07_outer"}
{"Action":"skip","Package":"x/bond","Test":"T/DAT-01"}
`
	results, err := readResults([]byte(out))
	if err != nil {
		t.Fatal(err)
	}
	rows := []row{{text: "Heading"}, {id: "RXM-03", text: "three"}, {id: "RXM-04", text: "four"}, {id: "A07", text: "seven"},
		{id: "DAT-01", text: "data"}, {id: "SEL-12", text: "later", gap: "reason"}, {id: "SEL-14", text: "forgotten"}}
	table, problems := writeTable(rows, results)
	if want := []string{"A07: fail", "DAT-01: skip", "SEL-14 has no test"}; !slices.Equal(problems, want) {
		t.Errorf("got problems %q, want %q", problems, want)
	}
	for _, want := range []string{
		"2 ids are covered, 3 are not, 1 wait",
		"| RXM-03 | three | `lacp.T/RXM-03_again`<br>`lacp.T/RXM-03_and_RXM-04_hold` | pass |\n",
		"| A07 | seven | `lacp.T/A07_outer` | fail |\n",
		"| SEL-12 | later |  | no test yet: reason |\n",
	} {
		if !strings.Contains(string(table), want) {
			t.Errorf("want %q in the table, got\n%s", want, table)
		}
	}
	if _, err := readResults([]byte("no JSON")); err == nil {
		t.Error("got no error for output that is not JSON, want one")
	}
}
