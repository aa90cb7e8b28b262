package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// carriedIn returns the ids in string literals of a package's tests, each with a file,
// because names of subtests are string literals. It finds no id in a name that joins two
// literals, such as "REC-0" + "1".
func carriedIn(root, dir string) (map[string]string, error) {
	ids := map[string]string{}
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				return true
			}
			for _, id := range idWord.FindAllString(text, -1) {
				ids[id] = strings.TrimPrefix(file, root+string(filepath.Separator))
			}
			return true
		})
	}
	return ids, nil
}
