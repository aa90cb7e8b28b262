package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

func writeTree(t *testing.T, dir string, bonds ...view.Bond) {
	t.Helper()
	if err := Sysfs(dir, &view.Status{Bonds: bonds}); err != nil {
		t.Fatal(err)
	}
}

func TestSysfsWritesTheDriversFiles(t *testing.T) {
	dir := t.TempDir()
	writeTree(t, dir, viewtest.Status(t).Bonds...)
	for name, want := range map[string]string{
		"bonding_masters":                                           "bond0 bond1 bond2 bond3\n",
		"bond0/bonding/slaves":                                      "eth1 eth2 eth3\n",
		"bond0/bonding/mode":                                        "802.3ad 4\n",
		"bond0/bonding/mii_status":                                  "up\n",
		"bond0/bonding/xmit_hash_policy":                            "layer2+3 2\n",
		"bond0/bonding/lacp_rate":                                   "fast 1\n",
		"bond0/bonding/ad_num_ports":                                "3\n",
		"bond0/lower_eth1/bonding_slave/state":                      "active\n",
		"bond0/lower_eth3/bonding_slave/state":                      "backup\n",
		"bond0/lower_eth3/bonding_slave/mii_status":                 "down\n",
		"bond0/lower_eth3/bonding_slave/link_failure_count":         "1\n",
		"bond0/lower_eth1/bonding_slave/ad_actor_oper_port_state":   "63\n",
		"bond0/lower_eth1/bonding_slave/ad_partner_oper_port_state": "60\n",
		"bond1/bonding/active_slave":                                "eth2\n",
		"bond1/bonding/ad_num_ports":                                "\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, "class/net", name))
		if err != nil || string(got) != want {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestSysfsRemovesWhatItWroteBefore(t *testing.T) {
	dir := t.TempDir()
	s := viewtest.Status(t)
	writeTree(t, dir, s.Bonds[:2]...)
	foreign := filepath.Join(dir, "class/net/bond1/foreign")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Bonds[0].Members = s.Bonds[0].Members[:2]
	writeTree(t, dir, s.Bonds[0])
	var files []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.Contains(name, "bond0") {
			files = append(files, strings.TrimPrefix(name, dir+"/class/net/"))
		}
		return err
	})
	if got := strings.Join(files, " "); err != nil || got != "bond1/foreign bonding_masters" {
		t.Errorf("files outside bond0: %q, %v, want only that of another program and the list of bonds", got, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "class/net/bond0/lower_eth3")); !os.IsNotExist(err) {
		t.Errorf("the member that has left is still there: %v", err)
	}
}

// TestSysfsStaysInItsDirectory: neither a list of bonds that another program has changed nor a
// symbolic link leads out of it.
func TestSysfsStaysInItsDirectory(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	kept := filepath.Join(outside, "bonding")
	if err := os.MkdirAll(filepath.Join(dir, "class/net"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "class/net/bonding_masters"), []byte("../../../"+filepath.Base(outside)+" .. .\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := viewtest.Status(t).Bonds[0]
	writeTree(t, dir, b)
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("a directory outside was removed: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "class/net/bond0")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "class/net/bond0")); err != nil {
		t.Fatal(err)
	}
	if err := Sysfs(dir, &view.Status{Bonds: []view.Bond{b}}); err == nil {
		t.Error("Sysfs wrote through a symbolic link to another directory, want an error")
	}
	if err := Sysfs(filepath.Join(dir, "none"), &view.Status{}); err == nil {
		t.Error("Sysfs made its directory, want an error if it does not exist")
	}
}
