package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConvertPrintsAFileAndWhatItLacks checks the output, standard error and exit status of convert.
func TestConvertPrintsAFileAndWhatItLacks(t *testing.T) {
	const bond = "auto bond0\niface bond0 inet static\n  address 192.0.2.5/24\n  bond-slaves eth0 eth1\n  bond-mode 802.3ad\n  bond-xmit-hash-policy layer2+3\n"
	const result = "bonds:\n  - name: bond0 # FILE:2\n    protocol: LACP\n    ports: [eth0, eth1]\n    xmit_hash_policy: LAYER2+3\n    addresses: [192.0.2.5/24]\n"
	file := filepath.Join(t.TempDir(), "interfaces")
	for _, tt := range []struct {
		name, from, text string
		stdin            bool
		code             int
		out, err         string
	}{
		{"all of it", "", bond, false, exitOK, result, ""},
		{"standard input", "", bond, true, exitOK, strings.ReplaceAll(result, "FILE", "standard input"), ""},
		{"not needed", "ifupdown", bond + "  bond-miimon 100\n", false, exitOK, result, ":7: bond-miimon 100: not needed: the kernel reports a lost carrier at once\n"},
		{"left out", "", bond + "  dns-nameservers 192.0.2.53\n", false, exitFailed, result, ":7: dns-nameservers 192.0.2.53: left out: "},
		{"refused value", "", bond + "  mtu 1280\n", false, exitFailed, "mtu: 1280", "mtu 1280: differs: lacpd refuses the line mtu: 1280: allowed: 1492 to 9216: correct it by hand\n"},
		{"another program's", "netplan", bond, false, exitUsage, "", ":1: allowed: a mapping \"network\"\n"},
		{"unknown", "", "hello\n", true, exitUsage, "", "lacpd: standard input: the kind of the file is unknown"},
		{"unknown kind", "nmstate", bond, false, exitUsage, "", "lacpd: -from nmstate: allowed: netplan, networkd, ifupdown or truenas\n"},
	} {
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		name := file
		if tt.stdin {
			name = "-"
		}
		var out, errOut bytes.Buffer
		code := runConvert(tt.from, []string{name}, strings.NewReader(tt.text), &out, &errOut)
		want := strings.ReplaceAll(tt.out, "FILE", "interfaces")
		if code != tt.code || !strings.Contains(out.String(), want) || tt.out == "" && out.Len() > 0 {
			t.Errorf("%s: exit %d, stdout\n%s\nwant %d and\n%s", tt.name, code, &out, tt.code, want)
		}
		if !strings.Contains(errOut.String(), tt.err) || tt.err == "" && errOut.Len() > 0 {
			t.Errorf("%s: stderr %q, want %q", tt.name, &errOut, tt.err)
		}
	}
	var errOut bytes.Buffer
	if code := runConvert("", []string{filepath.Join(t.TempDir(), "none")}, nil, &bytes.Buffer{}, &errOut); code != exitUsage || !strings.Contains(errOut.String(), "no such file") {
		t.Errorf("a file that does not exist: exit %d, %s", code, &errOut)
	}
}

// TestConvertReadsADirectory: a directory stands for the files in it that programs read.
func TestConvertReadsADirectory(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"10-bond0.netdev":  "[NetDev]\nName=bond0\nKind=bond\n[Bond]\nMode=802.3ad\n",
		"20-ports.network": "[Match]\nName=eth0 eth1\n[Network]\nBond=bond0\n",
		"README.txt":       "not a file of networkd\n",
		".hidden.network":  "[Match\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errOut bytes.Buffer
	if code := runConvert("", []string{dir}, nil, &out, &errOut); code != exitOK || !strings.Contains(out.String(), "ports: [eth0, eth1]") || errOut.Len() > 0 {
		t.Errorf("convert DIRECTORY: exit %d, stdout\n%s\nstderr %q, want %d, the two ports, nothing", code, &out, &errOut, exitOK)
	}

	if err := os.Mkdir(filepath.Join(dir, "20-ports.network.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	for what, dir := range map[string]string{"20-ports.network.d: a directory in a directory": dir, "has no file that one of the programs reads": t.TempDir()} {
		out.Reset()
		errOut.Reset()
		if code := runConvert("", []string{dir}, nil, &out, &errOut); code != exitUsage || !strings.Contains(errOut.String(), what) || out.Len() > 0 {
			t.Errorf("convert %s: exit %d, stderr %q, stdout %q, want %d, %q, nothing", dir, code, &errOut, &out, exitUsage, what)
		}
	}
}
