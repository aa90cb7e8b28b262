//go:build linux

package main

import (
	"strconv"
	"strings"
)

// forMember inserts a member's interface name and number into a command.
func forMember(command string, i int) string {
	n := strconv.Itoa(i)
	return strings.NewReplacer("NAME", "p"+n, "INDEX", n).Replace(command)
}
