package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The YAML parser's memory or time grows with the square of the nesting depth, of the keys of
// one mapping, of the anchors, and of adjacent values. Its lexer's grows with the size of the
// text only. So lacpd checks these limits on the tokens of the lexer.
const (
	maxDepth   = 10     // a bond needs 4
	maxKeys    = 4000   // in the file
	maxTokens  = 50_000 // a key needs 2 to 6
	maxAnchors = 100    // in a refused file; up to here the rest is still checked
)

// maxMarks is how many words and signs a text may seem to have before the lexer, which takes 0.3 KB
// for each, counts them. Signs in words, such as the colons of addresses, count here too.
const maxMarks = 3 * maxTokens

const mergeKey = "<<"

// SyntaxTree parses another program's YAML, which may have anchors, within the same limits. It
// returns nil and the problems if it can't.
func SyntaxTree(text []byte) (*ast.File, Problems) {
	r := reader{anchors: true}
	return r.parse(text), r.problems
}

// parse returns the syntax tree of a file's text, or nil if there is a problem.
func (r *reader) parse(b []byte) *ast.File {
	text := r.text(b)
	if text == "" {
		if len(r.problems) == 0 {
			r.problems.Refuse(start, "bonds", "missing", `one document with a list "bonds"`)
		}
		return nil
	}
	tokens := lexer.Tokenize(text)
	if !r.checkTokens(tokens) {
		return nil
	}
	file, err := syntaxTree(tokens)
	if err != nil {
		r.syntaxError(err, text)
		return nil
	}
	return file
}

// syntaxTree parses tokens. It turns a panic of the parser into an error, because a running
// lacpd that reads its file again must go on.
func syntaxTree(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the parser gave up: %v", r)
		}
	}()
	// reader reports duplicate keys, with all the other problems.
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// text returns the file's text without byte order mark and carriage returns. It returns "" if
// the file is not text.
func (r *reader) text(b []byte) string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		r.problems.Refuse(start, "file", "text in UTF-16", "UTF-8")
		return ""
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(b))
	at, marks, between := start, 0, true
	for i, c := range text {
		switch sign := strings.ContainsRune("[]{},:?&*!|>'\"#-\n", c); {
		case sign:
			marks, between = marks+1, true
		case c == ' ':
			between = true
		case between: // a word begins
			marks, between = marks+1, false
		}
		switch {
		case marks > maxMarks:
			r.refuseWords(at)
			return ""
		case c == '\n':
			at = Position{at.Line + 1, 0}
		case c == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			r.problems.Refuse(at, "file", fmt.Sprintf("octet 0x%02x", text[i]), "text in UTF-8")
			return ""
		case c < ' ' && c != '\t', c == 0x7f:
			r.problems.Refuse(at, "file", fmt.Sprintf("control character U+%04X", c), "text")
			return ""
		}
		at.Column++
	}
	return text
}

// checkTokens refuses tokens that are too expensive for the parser. It also refuses anchors,
// aliases and merge keys, because they make a small file large. It reports whether parsing
// may go on.
func (r *reader) checkTokens(tokens token.Tokens) bool {
	var open nesting
	words, keys, anchors, values := 0, 0, 0, 0
	told := 0 // line of the last anchor that was reported
	for _, tk := range tokens {
		at := tokenAt(tk)
		if open.take(tk) > maxDepth {
			r.problems.Refuse(at, "file", fmt.Sprintf("more than %d nested lists or mappings", maxDepth), "a bond is a mapping in a list")
			return false
		}
		switch {
		case tk.Type == token.CommentType:
			continue
		case tk.Type == token.MappingValueType:
			keys++
		case isAnchor(tk):
			if anchors++; told != at.Line && !r.anchors {
				told = at.Line
				r.problems.Note(at, "file", "an anchor, alias or merge key", "write the values out: lacpd reads no & * <<")
			}
		}
		words++
		values++
		if !isValue(tk) {
			values = 0
		}
		switch {
		case keys > maxKeys:
			r.problems.Refuse(at, "file", fmt.Sprintf("more than %d keys", maxKeys), "a file of fewer bonds")
			return false
		case words > maxTokens:
			r.refuseWords(at)
			return false
		case anchors > maxAnchors:
			if r.anchors {
				r.problems.Refuse(at, "file", fmt.Sprintf("more than %d anchors and aliases", maxAnchors), "a file of fewer bonds")
			}
			return false
		case values > 2: // two are the value of a key and the next key
			r.problems.Note(at, "YAML", "adjacent values", `write "key: value", or "- " before each value of a list`)
			return false
		}
	}
	return true
}

func (r *reader) refuseWords(at Position) {
	r.problems.Refuse(at, "file", fmt.Sprintf("more than %d words and signs", maxTokens), "a file of fewer bonds")
}

func isAnchor(tk *token.Token) bool {
	return tk.Type == token.AnchorType || tk.Type == token.AliasType || tk.Type == token.MergeKeyType
}

func isValue(tk *token.Token) bool {
	quoted := tk.Type == token.SingleQuoteType || tk.Type == token.DoubleQuoteType
	return quoted || tk.CharacterType == token.CharacterTypeMiscellaneous
}

// nesting counts the open lists and mappings: those in brackets, and those that indentation
// marks.
type nesting struct {
	brackets int
	columns  []int
	line     int
	begins   bool // a list or mapping may begin with the next token
}

// take takes the next token and returns its depth.
func (n *nesting) take(tk *token.Token) int {
	switch tk.Type {
	case token.SequenceStartType, token.MappingStartType:
		n.brackets++
	case token.SequenceEndType, token.MappingEndType:
		n.brackets = max(0, n.brackets-1)
	}
	if p := tk.Position; n.brackets == 0 && (n.begins || p.Line != n.line) {
		n.line = p.Line
		for len(n.columns) > 0 && n.columns[len(n.columns)-1] >= p.Column {
			n.columns = n.columns[:len(n.columns)-1]
		}
		n.columns = append(n.columns, p.Column)
	}
	n.begins = tk.Type == token.SequenceEntryType || tk.Type == token.MappingKeyType
	return n.brackets + len(n.columns)
}

func (r *reader) syntaxError(err error, text string) {
	if looks := foreignText(text); looks != "" {
		first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		r.problems.Note(start, "file", quoted(first), looks)
		return
	}
	at, what := start, err.Error()
	var ye yaml.Error
	if errors.As(err, &ye) {
		what = ye.GetMessage()
		if tk := ye.GetToken(); tk != nil {
			at = tokenAt(tk)
		}
	}
	r.problems.Note(at, "YAML", what, "write one well-formed document, indented by spaces")
}
