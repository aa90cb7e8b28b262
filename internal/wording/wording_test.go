package wording

import (
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// most is how many expressions of expressions.txt there may be in 1,000 sentences. It may
// only fall: the test fails if it can be lowered by one.
const most = 1.5

const root = "../.."

// expression is a line of expressions.txt.
type expression struct {
	re     *regexp.Regexp
	advice string
}

func readExpressions(t *testing.T) (all []expression) {
	t.Helper()
	file, err := os.ReadFile("expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		re, advice, ok := strings.Cut(line, " => ")
		if !ok {
			t.Fatalf("expressions.txt: %q has no advice", line)
		}
		compiled, err := regexp.Compile("(?i)" + re)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, expression{compiled, advice})
	}
	return all
}

// passage is a comment, a text that a program prints, or a paragraph of a document.
type passage struct {
	file string
	line int
	text string
}

var sentenceEnd = regexp.MustCompile(`[.!?](\s|$)`)

// sentences returns how many sentences a passage has, at least one.
func (p *passage) sentences() int { return max(1, len(sentenceEnd.FindAllString(p.text, -1))) }

// goPassages returns the comments of a Go file and its texts of three words and more.
func goPassages(file string, src []byte) (all []passage) {
	set := token.NewFileSet()
	at := set.AddFile(file, -1, len(src))
	var s scanner.Scanner
	s.Init(at, src, nil, scanner.ScanComments)
	last := -1 // the last line of the previous comment
	for {
		pos, tok, lit := s.Scan()
		line := at.Line(pos)
		switch tok {
		case token.EOF:
			return all
		case token.COMMENT:
			text := strings.TrimPrefix(lit, "//")
			if last == line-1 && len(all) > 0 {
				all[len(all)-1].text += " " + text
			} else {
				all = append(all, passage{file, line, text})
			}
			last = line
		case token.STRING:
			text, err := strconv.Unquote(lit)
			if err == nil && len(strings.Fields(text)) > 2 {
				all = append(all, passage{file, line, text})
				last = -1
			}
		}
	}
}

// documentPassages returns the paragraphs of a text.
func documentPassages(file string, src []byte) (all []passage) {
	line := 1
	for paragraph := range strings.SplitSeq(string(src), "\n\n") {
		all = append(all, passage{file, line, paragraph})
		line += strings.Count(paragraph, "\n") + 2
	}
	return all
}

func readPassages(t *testing.T) (all []passage) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && name != root || d.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		var read func(string, []byte) []passage
		switch filepath.Ext(name) {
		case ".go":
			read = goPassages
		case ".md":
			read = documentPassages
		default:
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		all = append(all, read(filepath.ToSlash(file), src)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestExpressions counts; -v lists each place.
func TestExpressions(t *testing.T) {
	expressions := readExpressions(t)
	sentences, found := 0, 0
	places := make(map[string]int)
	var list []string
	for _, p := range readPassages(t) {
		if strings.HasPrefix(p.file, "internal/wording/") {
			continue
		}
		sentences += p.sentences()
		for _, e := range expressions {
			for _, at := range e.re.FindAllStringIndex(p.text, -1) {
				found++
				places[filepath.Dir(p.file)]++
				line := p.line + strings.Count(p.text[:at[0]], "\n")
				list = append(list, fmt.Sprintf("%s:%d: %q: %s", p.file, line, p.text[at[0]:at[1]], e.advice))
			}
		}
	}
	if sentences < 1000 {
		t.Fatalf("%d sentences found, want the repository's", sentences)
	}
	rate := 1000 * float64(found) / float64(sentences)
	t.Logf("%d in %d sentences: %.1f in 1,000; by directory: %v", found, sentences, rate, places)
	if testing.Verbose() {
		t.Log("\n" + strings.Join(list, "\n"))
	}
	switch {
	case rate > most:
		t.Errorf("%.1f expressions in 1,000 sentences, at most %v; with -v the test lists them", rate, most)
	case rate < most-1:
		t.Errorf("%.1f expressions in 1,000 sentences: lower the limit of %v", rate, most)
	}
}
