package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// runCheck is the command check.
func runCheck(ctx context.Context, a arguments, h host, stdout, stderr io.Writer) int {
	f, err := loadConfig(a.config)
	if err != nil {
		return refused(stderr, err)
	}
	if links, err := h.links(); err != nil {
		fmt.Fprintf(stderr, "lacpd: only the file was checked: %v\n", err)
	} else {
		f.problems = append(f.problems, hostProblems(f.bonds, links, running(ctx, a.socket))...)
		sortProblems(f.problems)
	}
	if len(f.problems) > 0 {
		fmt.Fprintln(stderr, &fileError{f.name, f.problems})
	}
	if f.refused() != nil {
		return exitUsage
	}
	for _, b := range f.bonds {
		ports := "ports"
		if len(b.Ports) == 1 {
			ports = "port"
		}
		fmt.Fprintf(stdout, "%s: ok, %d %s\n", b.Name, len(b.Ports), ports)
	}
	return exitOK
}

// running asks a lacpd that runs what it has; nothing if none answers.
func running(ctx context.Context, socket string) ours {
	have := ours{bonds: make(map[string]bool)}
	v, err := readStatus(ctx, socket)
	if err != nil {
		return have
	}
	for _, b := range v.Bonds {
		if b.Running {
			have.bonds[b.Name] = true
		}
	}
	return have
}

// refused reports a configuration that can't be used. The lines of a file's
// problems stand alone, as editors read them.
func refused(stderr io.Writer, err error) int {
	var fe *fileError
	if errors.As(err, &fe) {
		fmt.Fprintln(stderr, fe)
	} else {
		fmt.Fprintf(stderr, "lacpd: configuration not read: %v\n", err)
	}
	return exitUsage
}
