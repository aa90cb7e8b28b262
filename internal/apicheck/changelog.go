package main

import (
	"regexp"
	"strings"
)

// entry is the words in the code spans of an entry of a changelog: folders of packages and
// identifiers.
type entry []string

var (
	codeSpan = regexp.MustCompile("`[^`]*`")
	codeWord = regexp.MustCompile(`[\pL\pN_/]+`)
)

// breaking returns the entries under "### Breaking" of the newest section of a changelog.
func breaking(changelog string) (entries []entry) {
	sections, inside := 0, false
	var texts []string
	for line := range strings.Lines(changelog) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "## "):
			sections++
			inside = false
		case strings.HasPrefix(line, "### "):
			inside = line == "### Breaking" && sections == 1
		case !inside:
		case strings.HasPrefix(line, "- "):
			texts = append(texts, line)
		case len(texts) > 0: // the entry goes on
			texts[len(texts)-1] += "\n" + line
		}
	}
	for _, text := range texts {
		var e entry
		for _, span := range codeSpan.FindAllString(text, -1) {
			e = append(e, codeWord.FindAllString(span, -1)...)
		}
		entries = append(entries, e)
	}
	return entries
}
