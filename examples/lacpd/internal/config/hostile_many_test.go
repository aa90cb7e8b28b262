package config

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// wrongValues are of a type that no key takes.
var wrongValues = []string{"~", "", "{a: {b: c}}", "[[x]]", "!!binary aGk=", "*x", "&x {y: z}", "{}", "[]", "|\n    \u00e9\n    {", "\"\\x00\""}

// handWritten are files that go wrong in other ways.
var handWritten = []string{
	"", " ", "\n", "\t", "#", "---", "...", "--- ---", "~", "null", "true", "1", "bonds", "bonds:", "bonds: ~", "bonds: {}", "bonds: []", "bonds: [[]]",
	"bonds: [~]", "bonds: [{}]", "bonds: [{name: b}]", "bonds: [{ports: [a]}]", "bonds: [{name: b, ports: }]", "bonds: [{name: , ports: [a]}]",
	"bonds: [{name: b, ports: [a]}", "bonds: {name: b, ports: [a]}]", "bonds: [name: b, ports: [a]]", "bonds:\n- name: b\n ports: [a]\n", "bonds:\n- name: b\n\tports: [a]\n",
	"bonds:\n\t- name: b\n", "bonds:\n- - name: b\n", "bonds:\n- ? name\n  : b\n", "? bonds\n: - name: b\n", "[bonds]: x", "{bonds: x}: y", "bonds: &a [*a]", "a: &a b\nbonds: *a",
	"bonds:\n- name: b\n  ports: [a]\n- name: b\n  ports: [a]\n", "bonds:\n- name: b\n  name: b\n  ports: [a]\n", "bonds: []\nbonds: []\n", "BONDS:\n- name: b\n  ports: [a]\n",
	"bonds:\n- {name: b, ports: [a], : x}\n", "bonds:\n- {name: b, ports: [a], ? x}\n", "bonds:\n- {name: b, ports: [a], \"\": x}\n", "bonds:\n- {name: b, ports: [a], [x]: y}\n",
	"bonds:\n- {name: b, ports: [a], <<: {mtu: 9000}}\n", "bonds:\n- !bond {name: b, ports: [a]}\n", "!!map {bonds: [{name: b, ports: [a]}]}", "%YAML 1.1\n---\nbonds: x\n", "%TAG ! tag:x\n---\nbonds: x",
	"\xef\xbb\xbf", "\xff\xfeb\x00o\x00", "\xfe\xff\x00b\x00o", "\x00", "bonds\x00: x", "bonds:\n- name: b\x1b[31m\n  ports: [a]\n", "\xc3\x28", "bonds: \xed\xa0\x80", "bonds: \xf4\x90\x80\x80", "\x7f",
	"bonds:\r- name: b\r  ports: [a, a]\r", "bonds:\n- name: \u202eb\n  ports: [a]\n", "bonds:\n- name: b\u00a0\n  ports: [a]\n", "bonds:\n- name: b\n  ports: [\u2028a]\n",
	"bonds: \"\\ud800\"", "bonds: \"\\U00110000\"", "bonds: \"\\q\"", "bonds: '", "bonds: \"", "bonds: |", "bonds: >-9", "bonds: |0\n x", "bonds: @x", "bonds: `x`", "bonds: %x",
	"bonds:\n- name: b\n  ports: [a]\n  mtu: 0x2328\n", "bonds:\n- name: b\n  ports: [a]\n  mtu: 1e4\n", "bonds:\n- name: b\n  ports: [a]\n  mtu: 9_000\n", "bonds:\n- name: b\n  ports: [a]\n  mtu: 99999999999999999999\n",
	"bonds:\n- name: b\n  ports: [a]\n  mtu: -0\n", "bonds:\n- name: b\n  ports: [a]\n  mtu: .inf\n", "bonds:\n- name: b\n  ports: [a]\n  updelay: .nan\n", "bonds:\n- name: b\n  ports: [a]\n  mtu: 2026-11-27\n",
	"{\"bonds\": [{\"name\": \"b\", \"ports\": [\"a\"], \"mtu\": 1500,}", "<bonds><bond name='b'/></bonds>", "bonds = [ { name = 'b' } ]", "[bonds]\nname=b\n", "auto bond0\n", "#!/bin/sh\nexit 1\n", "PK\x03\x04", "\x7fELF",
	"bonds:\n- name: b\n  ports: [a]\n  addresses: [1/1, ::/0, 256.1.1.1/8, 1.2.3.4/-1, 1.2.3.4/+8, \"fe80::1%a/64\"]\n", "bonds:\n- name: b\n  ports: [a]\n  routes: [default via ::, 1/1 via x, \"  \"]\n",
	"bonds:\n- name: ../../etc/passwd\n  ports: [a]\n", "bonds:\n- name: b\n  ports: [\"$(reboot)\", \"a b\", \"\", .., \"a/b\"]\n",
}

// hostileFiles returns all of them: those written by hand, every key with every wrong value, keys
// given twice, and heaps of pieces.
func hostileFiles() (files []string) {
	files = append(files, handWritten...)
	for i := range options {
		key := options[i].key
		for _, v := range wrongValues {
			empty := v == "{}" && strings.Contains(options[i].kind.allowed, "for each port") // nothing for no port
			if empty || key == "hash_seed" && v != "" && (v[0] == '|' || v[0] == '"') {      // any text
				continue
			}
			head := "bonds:\n- name: b\n  ports: [a]\n"
			switch key {
			case "name":
				head = "bonds:\n- ports: [a]\n"
			case "ports":
				head = "bonds:\n- name: b\n"
			}
			files = append(files, head+"  "+key+": "+v+"\n")
		}
		files = append(files, fmt.Sprintf("bonds:\n- name: b\n  ports: [a]\n  %[1]s: 1\n  %[1]s: 1\n", key))
	}
	pieces := []string{"bonds:", "\n", "\n- ", "\n  ", " ", ": ", ",", "[", "]", "{", "}", "name: b", "ports: [a]", "mtu: 9000", "&a", "*a", "<<", "!x", "|", ">", "'", "\"", "#", "?", "-", "---", "\t", "\r\n", "\u00e9", "1", "~", "\\"}
	for i := range options {
		pieces = append(pieces, options[i].key)
	}
	rnd := rand.New(rand.NewPCG(14, 6))
	for range 400 {
		var b strings.Builder
		for range 1 + rnd.IntN(60) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		files = append(files, b.String())
	}
	return files
}

// TestHostileFilesAreRefusedWithAFieldAndALine reads hundreds of hostile files. Each is refused, in
// little time and memory, and each problem has a field and a place in the file.
func TestHostileFilesAreRefusedWithAFieldAndALine(t *testing.T) {
	files := hostileFiles()
	if len(files) < 200 {
		t.Fatalf("%d files, want at least 200", len(files))
	}
	peak, start := watchMemory(t), time.Now()
	for _, text := range files {
		f := Parse("f", []byte(text))
		if f.Refused() == nil {
			t.Errorf("%q is accepted: %+v, want it refused", text, f.Bonds)
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for _, p := range f.Problems {
			if p.Field == "" || p.Value == "" || p.Text == "" || p.At.Line < 1 || p.At.Line > lines || p.At.Column < 1 {
				t.Errorf("%q: problem %+v, want field, value, text and a place in %d lines", text, p, lines)
			}
		}
	}
	if got := peak(); got > mostMemory {
		t.Errorf("took %d MB of memory, want at most %d MB", got>>20, mostMemory>>20)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
}
