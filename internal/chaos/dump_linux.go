package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// dumpCommands list objects of a namespace that may differ in order.
var dumpCommands = []string{
	"ip -o -d addr show",
	"ip -o -d link show",
	"ip -4 route show table all",
	"ip -6 route show table all",
	"ip rule show",
	"ip neigh show nud permanent",
	"ip maddr show",
	"bridge fdb show",
	"tc qdisc show",
}

// dumpFilters list the filters at the hooks of a member.
var dumpFilters = []string{"tc filter show dev %s ingress", "tc filter show dev %s egress"}

// changing matches words of the listings that differ for an interface made again, and
// counters.
var changing = regexp.MustCompile(`(?m)^\d+:\s*|@if\d+|link-netns(id)? \S+|if\d+|numtxqueues \d+|numrxqueues \d+`)

// dump returns the settings of all interfaces of a namespace.
func (b *bed) dump(ns *namespace, members []string) (lines []string, err error) {
	commands := slices.Clone(dumpCommands)
	for _, name := range members {
		for _, c := range dumpFilters {
			commands = append(commands, fmt.Sprintf(c, name))
		}
	}
	for _, c := range commands {
		out, err := ns.output(c)
		if err != nil && !strings.Contains(out, "does not have any classifier") && !strings.Contains(out, "Parent Qdisc doesn't exists") {
			return nil, err
		}
		out = changing.ReplaceAllString(out, "")
		var part []string
		for line := range strings.Lines(out) {
			part = append(part, c+": "+strings.Join(strings.Fields(line), " "))
		}
		slices.Sort(part)
		lines = append(lines, part...)
	}
	return lines, nil
}

// difference lists the lines that are in only one of two dumps.
func difference(before, after []string) (list []string) {
	for _, d := range []struct {
		sign      string
		from, not []string
	}{{"- ", before, after}, {"+ ", after, before}} {
		for _, line := range d.from {
			if !slices.Contains(d.not, line) {
				list = append(list, d.sign+line)
			}
		}
	}
	return list
}

// leftFiles lists the files that lacpd has left in its state directory, and its socket.
func leftFiles(base string) (list []string) {
	_ = filepath.WalkDir(base+".state", func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return nil
	})
	if _, err := os.Lstat(base + ".sock"); err == nil {
		list = append(list, base+".sock")
	}
	return list
}
