package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// Sysfs writes the files that Linux's bonding driver has in /sys for its bonds, below a directory
// that exists: class/net/bonding_masters, class/net/BOND/bonding and, for each member,
// class/net/BOND/lower_MEMBER/bonding_slave. It replaces each file as a whole, and in an order
// that never names a file before it exists, so that another program may read meanwhile. What an
// earlier call wrote of bonds and members that are gone is removed, nothing else.
func Sysfs(dir string, s *view.Status) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // its files are closed already
	t := tree{root: root}
	return t.write(s)
}

const (
	classNet = "class/net"
	masters  = classNet + "/bonding_masters"
)

// tree is the directory that is written.
type tree struct {
	root *os.Root
}

func (t *tree) write(s *view.Status) error {
	before := t.words(masters)
	var names []string
	for i := range s.Bonds {
		b := &s.Bonds[i]
		if !b.Running {
			continue
		}
		if err := t.bond(b); err != nil {
			return err
		}
		names = append(names, b.Name)
	}
	if err := t.file(masters, strings.Join(names, " ")); err != nil {
		return err
	}
	for _, name := range before {
		if slices.Contains(names, name) {
			continue
		}
		for _, member := range t.words(path.Join(classNet, name, "bonding/slaves")) {
			if err := t.root.RemoveAll(path.Join(classNet, name, "lower_"+member)); err != nil {
				return err
			}
		}
		if err := t.root.RemoveAll(path.Join(classNet, name, "bonding")); err != nil {
			return err
		}
		_ = t.root.Remove(path.Join(classNet, name)) // another program may have files there
	}
	return nil
}

// bond writes the files of a bond: those of its members first.
func (t *tree) bond(b *view.Bond) error {
	dir := path.Join(classNet, b.Name)
	before := t.words(path.Join(dir, "bonding/slaves"))
	var names []string
	for i := range b.Members {
		m := &b.Members[i]
		names = append(names, adminName(m))
		if err := t.files(path.Join(dir, "lower_"+adminName(m), "bonding_slave"), memberFiles(b, m)); err != nil {
			return err
		}
	}
	if err := t.files(path.Join(dir, "bonding"), bondFiles(b)); err != nil {
		return err
	}
	if err := t.file(path.Join(dir, "bonding/slaves"), strings.Join(names, " ")); err != nil {
		return err
	}
	for _, name := range before {
		if !slices.Contains(names, name) {
			if err := t.root.RemoveAll(path.Join(dir, "lower_"+name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// bondFiles returns the files in bonding, but for slaves.
func bondFiles(b *view.Bond) map[string]string {
	mode := modeOf(b)
	hash, number := policyOf(b)
	choice, choiceNumber := selectOf(b)
	rate := map[bool]string{false: "slow 0", true: "fast 1"}[b.Rate == "FAST"]
	files := map[string]string{
		"mode": fmt.Sprintf("%s %d", mode.name, mode.number), "mii_status": upDown(b.Up), "miimon": "0",
		"updelay": fmt.Sprint(b.Settings.UpDelay), "downdelay": fmt.Sprint(b.Settings.DownDelay),
		"xmit_hash_policy": fmt.Sprintf("%s %d", hash, number), "lacp_rate": rate, "min_links": fmt.Sprint(b.MinLinks),
		"ad_select": fmt.Sprintf("%s %d", choice, choiceNumber), "primary": b.Settings.Primary, "active_slave": b.ActiveMember,
	}
	for _, name := range []string{"ad_aggregator", "ad_num_ports", "ad_actor_key", "ad_partner_key", "ad_partner_mac"} {
		files[name] = "" // as the driver leaves them without an active aggregator
	}
	if a := b.Aggregator; a != nil {
		var partner view.Partner
		if b.Partner != nil {
			partner = *b.Partner
		}
		files["ad_aggregator"], files["ad_num_ports"] = fmt.Sprint(a.ID), fmt.Sprint(len(a.Ports))
		files["ad_actor_key"], files["ad_partner_key"] = fmt.Sprint(a.Key), fmt.Sprint(partner.Key)
		files["ad_partner_mac"] = partner.System.String()
	}
	return files
}

// memberFiles returns the files in bonding_slave.
func memberFiles(b *view.Bond, m *view.Member) map[string]string {
	state := "backup"
	if m.CarriesData {
		state = "active"
	}
	files := map[string]string{
		"state": state, "mii_status": miiStatus(m), "link_failure_count": fmt.Sprint(m.Counters.LinkFailures),
		"perm_hwaddr": m.MAC, "queue_id": "0",
	}
	if isLACP(b) {
		files["ad_aggregator_id"] = "N/A"
		if m.Aggregator != 0 {
			files["ad_aggregator_id"] = fmt.Sprint(m.Aggregator)
		}
		files["ad_actor_oper_port_state"] = fmt.Sprint(stateOctet(&m.Actor))
		files["ad_partner_oper_port_state"] = fmt.Sprint(stateOctet(&m.Partner))
	}
	return files
}

// files writes files into a directory.
func (t *tree) files(dir string, files map[string]string) error {
	for name, text := range files {
		if err := t.file(path.Join(dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

// file replaces a file by a line of text, unless it has that text already.
func (t *tree) file(name, text string) error {
	want := []byte(text + "\n")
	if have, err := t.root.ReadFile(name); err == nil && bytes.Equal(have, want) {
		return nil
	}
	if err := t.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(name), "."+path.Base(name)+".new")
	if err := t.root.WriteFile(temporary, want, 0o644); err != nil {
		return err
	}
	if err := t.root.Rename(temporary, name); err != nil {
		return errors.Join(err, t.root.Remove(temporary))
	}
	return nil
}

// words returns the words of a file that may be missing. Each can be the name of an interface.
func (t *tree) words(name string) (words []string) {
	text, err := t.root.ReadFile(name)
	if err != nil {
		return nil
	}
	for _, w := range strings.Fields(string(text)) {
		if fs.ValidPath(w) && !strings.Contains(w, "/") && w != "." {
			words = append(words, w)
		}
	}
	return words
}
