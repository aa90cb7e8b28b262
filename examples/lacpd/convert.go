package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/convert"
)

var convertCommand = command{
	name:  "convert",
	args:  "FILE...",
	brief: "prints a file made from those of another program",
	help: "reads the bonds of another program's files, all of one program, and prints a FILE for lacpd. A \"-\" is standard input, a directory stands for its files. " +
		"It names what the result does not have on standard error. The exit status is 1 if a part of that matters: " +
		"the host behaves differently without it. It changes nothing.",
	least: 1, most: anyNumber,
	setup: func(f *flag.FlagSet) runFunc {
		from := f.String("from", "", "the `PROGRAM`: netplan, networkd, ifupdown, or truenas, which is what midclt call interface.query prints; by default it is guessed")
		return func(_ context.Context, files []string, stdout, stderr io.Writer) int {
			return runConvert(*from, files, os.Stdin, stdout, stderr)
		}
	},
}

// maxSources is the size of a source beyond which it is refused, in octets.
const maxSources = 5 << 20

// runConvert runs the command convert and returns the exit status.
func runConvert(from string, files []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var sources []convert.Source
	for _, name := range files {
		read, err := readSources(name, stdin)
		if err != nil {
			fmt.Fprintf(stderr, "lacpd: %v\n", err)
			return exitUsage
		}
		sources = append(sources, read...)
	}
	kind, err := convert.Kind(from), error(nil)
	if kind == "" {
		kind, err = convert.Guess(sources)
	}
	var result *convert.Result
	if err == nil {
		result, err = convert.Convert(kind, sources)
	}
	var fe *config.Error
	switch {
	case errors.As(err, &fe):
		fmt.Fprintln(stderr, fe)
		return exitUsage
	case err != nil:
		fmt.Fprintf(stderr, "lacpd: %v\n", err)
		return exitUsage
	}
	for i := range result.Notes {
		fmt.Fprintln(stderr, result.Notes[i].String())
	}
	if _, err := stdout.Write(result.Text); err != nil {
		return failed(stderr, err)
	}
	if !result.Complete() {
		return exitFailed
	}
	return exitOK
}

// readSources reads a file, or the files of a directory in the order of their names.
func readSources(name string, stdin io.Reader) ([]convert.Source, error) {
	if i, err := os.Stat(name); name == "-" || err != nil || !i.IsDir() {
		s, err := readSource(name, stdin)
		return []convert.Source{s}, err
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var sources []convert.Source
	for _, e := range entries {
		inside := filepath.Join(name, e.Name())
		switch {
		case e.IsDir():
			return nil, fmt.Errorf("%s: a directory in a directory, such as one of drop-ins, is not read: add its lines to the file they belong to", inside)
		case !convert.IsRead(e.Name()):
			continue
		}
		s, err := readSource(inside, stdin)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	if sources == nil {
		return nil, fmt.Errorf("%s: the directory has no file that one of the programs reads", name)
	}
	return sources, nil
}

func readSource(name string, stdin io.Reader) (s convert.Source, err error) {
	s.Name = name
	if name == "-" {
		s.Name = "standard input"
		s.Text, err = io.ReadAll(io.LimitReader(stdin, maxSources))
		return s, err
	}
	f, err := os.Open(name)
	if err != nil {
		return s, err
	}
	defer func() { _ = f.Close() }() // only read
	s.Text, err = io.ReadAll(io.LimitReader(f, maxSources))
	return s, err
}
