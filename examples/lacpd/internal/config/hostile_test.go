package config

import (
	"fmt"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

// mostMemory is the most memory that reading any file may take, in octets.
const mostMemory = 64 << 20

// TestHostileFilesTakeLittleMemoryBOX37 checks that lacpd refuses a file that is made to be
// expensive, quickly and without much memory.
func TestHostileFilesTakeLittleMemoryBOX37(t *testing.T) {
	// The tokens of most files must be less than those that are counted without the lexer.
	repeat := func(s string) string { return strings.Repeat(s, 120_000/len(s)) }
	whole := func(s string) string { return strings.Repeat(s, maxSize/len(s)) }
	tooLong := fmt.Sprintf("more than %d words and signs", maxTokens)
	var indented strings.Builder
	for i := 0; indented.Len() < maxSize-1000; i++ {
		indented.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	tooDeep := fmt.Sprintf("more than %d nested lists or mappings", maxDepth)
	tooMany := fmt.Sprintf("more than %d keys", maxKeys)
	for _, tt := range []struct{ name, text, want string }{
		{"20,000 brackets", "bonds: " + strings.Repeat("[", 20_000), tooDeep},
		{"brackets", repeat("["), tooDeep},
		{"braces", repeat("{"), tooDeep},
		{"mappings in each other", repeat("{a: "), tooDeep},
		{"both", repeat("[{a: "), tooDeep},
		{"closed brackets in quotes", repeat(`["]",`), tooDeep},
		{"entries in each other", repeat("- "), tooDeep},
		{"entries on lines", repeat("-\n"), ""},
		{"question marks", repeat("? "), tooDeep},
		{"indentation", indented.String(), tooDeep},
		{"keys", repeat("a: b\n"), tooMany},
		{"keys of a bond", "bonds:\n- name: b\n" + strings.Repeat("  x: y\n", maxSize/8), tooMany},
		{"different keys", manyKeys(), tooMany},
		{"list", "[" + repeat("a,") + "]", ""},
		{"ports", "bonds:\n- name: b\n  ports: [" + strings.Repeat("a,", 60_000) + "]\n", ""},
		{"ports in one text", "bonds:\n- name: b\n  ports: " + strings.Repeat("a ", 70_000) + "\n", ""},
		{"anchors", repeat("&a "), "an anchor, alias or merge key"},
		{"aliases", "a: &a [x]\nb: [" + strings.Repeat("*a,", 40_000) + "]\n", "an anchor, alias or merge key"},
		{"laughs", laughs(), "an anchor, alias or merge key"},
		{"documents", repeat("---\n"), ""},
		{"tags", repeat("!!a "), ""},
		{"quotes", repeat(`"`), "adjacent values"},
		{"quotes on lines", repeat("\"\"\n"), "adjacent values"},
		{"quotes in a list", "[" + repeat(`""`), "adjacent values"},
		{"quotes and comments", repeat("\"\" #\n"), "adjacent values"},
		{"open quote", `a: "` + strings.Repeat("a", maxSize-10), ""},
		{"colons", repeat(":"), ""},
		{"a: a: a:", repeat("a: "), ""},
		{"pipes", repeat("|\n"), ""},
		{"folded", "a: >\n" + strings.Repeat(" b\n", maxSize/3-5), ""},
		{"comments", repeat("#\n"), "missing"},
		{"a file of brackets", whole("["), tooLong},
		{"a file of one-letter words", whole("a "), ""},
		{"a file of keys", whole("a: b\n"), tooLong},
		{"a file of anchors", whole("&a "), tooLong},
		{"a file of quotes", whole(`""`), tooLong},
		{"a file of entries", whole("- "), tooDeep},
		{"a file of line ends", whole("\n"), tooLong},
		{"a file of one word", whole("a"), ""},
		{"a file of spaces", whole(" "), "missing"},
		{"tabs", repeat("\t"), ""},
		{"octets that are not text", repeat("\xff"), "octet 0xff"},
		{"zeros", repeat("\x00"), "control character U+0000"},
		{"UTF-16", "\xff\xfeb\x00", "text in UTF-16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && len(tt.text) > maxSize/8 {
				t.Skip("-short: reads the largest files")
			}
			if len(tt.text) > maxSize {
				t.Fatalf("the file has %d octets, want at most %d, which lacpd reads", len(tt.text), maxSize)
			}
			// Without a memory limit, garbage is at most 40 % of what the parser holds.
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
			defer debug.SetGCPercent(debug.SetGCPercent(40))
			peak := watchMemory(t)
			start := time.Now()
			f := Parse("f", []byte(tt.text))
			if got := peak(); got > mostMemory {
				t.Errorf("took %d MB of memory, want at most %d MB", got>>20, mostMemory>>20)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			err := f.Refused()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("refused with %.200v, want %q", err, tt.want)
			}
			if n := strings.Count(err.Error(), "\n"); n > maxProblems {
				t.Errorf("%d lines of problems, want at most %d", n+1, maxProblems+1)
			}
		})
	}
}

func manyKeys() string {
	var b strings.Builder
	for i := 0; b.Len() < maxSize-20; i++ {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

// laughs returns a small file whose value grows with each line (the billion laughs).
func laughs() string {
	b := "a0: &a0 [x, x]\n"
	for i := 1; i < 60; i++ {
		b += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	return b
}

// watchMemory starts to watch the heap. The function it returns reports by how much the heap
// grew at most.
func watchMemory(t *testing.T) (peak func() uint64) {
	t.Helper()
	read := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	debug.FreeOSMemory()
	before, most := read(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			most = max(most, read())
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		most = max(most, read())
		return most - min(most, before)
	}
}

// TestLargeCorrectFileIsTaken checks that the limits are far from what a site needs.
func TestLargeCorrectFileIsTaken(t *testing.T) {
	var b strings.Builder
	b.WriteString("bonds:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "- name: bond%d\n  ports: [p%da, p%db, p%dc, p%dd]\n  lacpdu_rate: FAST\n  mtu: 9000\n  addresses: [10.%d.%d.1/24, \"2001:db8:%x::1/64\"]\n", i, i, i, i, i, i/200, i%200, i)
	}
	f := Parse("f", []byte(b.String()))
	if err := f.Refused(); err != nil || len(f.Bonds) != 500 {
		t.Errorf("file of %d octets: got %d bonds, error %v, want 500 bonds", b.Len(), len(f.Bonds), err)
	}
}
