package netif

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// abandoned is a cable whose near end a killed process left as a member.
func abandoned(t *testing.T) (c *cable, before snapshot) {
	t.Helper()
	c = layCable(t)
	c.dress(t)
	before = snap(t, c.near, nearName)
	c.startChild(t)()
	c.checkMember(t)
	return c, before
}

// restore runs Restore in the namespace, and fails the test if it takes too long.
func (c *cable) restore(t *testing.T) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- c.near.Do(func() error { return Restore(c.dir) }) }()
	select {
	case err := <-done:
		return err
	case <-time.After(netlab.Patience):
		t.Fatal("Restore hangs")
		return nil
	}
}

// records returns the errors of type RecordError that err joins.
func recordErrors(err error) (list []*RecordError) {
	var re *RecordError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, recordErrors(e)...)
		}
	} else if errors.As(err, &re) {
		list = append(list, re)
	}
	return list
}

func TestBadRecordSpoilsOnlyItselfBOX18(t *testing.T) {
	t.Parallel()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	const name = "member-1-1.json"
	for _, tt := range []struct {
		what string
		make func(path string) error
		says string
	}{
		{"empty", func(p string) error { return os.WriteFile(p, nil, 0o600) }, "unexpected end of JSON"},
		{"broken", func(p string) error { return os.WriteFile(p, []byte(`{"version": 2, "boot"`), 0o600) }, "unexpected end of JSON"},
		{"of another file's name", func(p string) error {
			return os.WriteFile(p, []byte(`{"version":2,"boot":"x","cookie":7,"index":7}`), 0o600)
		}, "not the record of the interface in its name"},
		{"of a bad route", func(p string) error {
			return os.WriteFile(p, []byte(`{"version":2,"boot":"x","cookie":1,"index":1,"name":"a","pid":1,"mtu":1500,`+
				`"hardware_addr":"02:00:00:00:00:01","member":"02:00:00:00:00:01","routes":[{"message":"AAAA"}]}`), 0o600)
		}, "route: malformed"},
		{"fifo", func(p string) error { return unix.Mkfifo(p, 0o600) }, "not a regular file"},
		{"socket", func(p string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: p, Net: "unix"})
			if err == nil {
				l.SetUnlinkOnClose(false)
				err = l.Close()
			}
			return err
		}, "no such device or address"},
		{"directory", func(p string) error { return os.Mkdir(p, 0o700) }, "not a regular file"},
		{"symbolic link", func(p string) error { return os.Symlink(victim, p) }, "too many levels of symbolic links"},
		{"of another user", func(p string) error {
			return errors.Join(os.WriteFile(p, []byte("{}"), 0o600), os.Chown(p, 12345, 12345))
		}, "user 12345"},
		{"writable for all", func(p string) error {
			return errors.Join(os.WriteFile(p, []byte("{}"), 0o600), os.Chmod(p, 0o666))
		}, "mode 0666"},
		{"600 MB", func(p string) error {
			return errors.Join(os.WriteFile(p, nil, 0o600), os.Truncate(p, 600<<20))
		}, "at most 1048576"},
	} {
		t.Run(strings.ReplaceAll(tt.what, " ", "-"), func(t *testing.T) {
			t.Parallel()
			c, before := abandoned(t)
			path := filepath.Join(c.dir, name)
			if err := tt.make(path); err != nil {
				t.Fatal(err)
			}
			err := c.restore(t)
			bad := recordErrors(err)
			if len(bad) != 1 || bad[0].Path != path || bad[0].Aside != path+".bad" || !strings.Contains(bad[0].Error(), tt.says) {
				t.Errorf("Restore() = %v, want one RecordError of %s, moved aside, that says %q", err, path, tt.says)
			}
			if after := snap(t, c.near, nearName); after.Addr != before.Addr || len(after.Addrs) != len(before.Addrs) {
				t.Errorf("the other interface is %+v\nwant %+v", after, before)
			}
			if _, err := os.Lstat(path + ".bad"); err != nil {
				t.Errorf("the file was not kept: %v", err)
			}
			if err := c.restore(t); err != nil {
				t.Errorf("the next Restore() = %v, want nil", err)
			}
			if b, err := os.ReadFile(victim); err != nil || string(b) != "{}" {
				t.Errorf("the file behind a link holds %q, %v", b, err)
			}
		})
	}
}

func TestBadRecordsKeptAreBoundedBOX18(t *testing.T) {
	c := layCable(t)
	for i := range 50 {
		if err := os.WriteFile(filepath.Join(c.dir, "member-1-"+strings.Repeat("1", i+1)+".json"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(recordErrors(c.restore(t))); got != 50 {
		t.Errorf("%d bad records reported, want 50", got)
	}
	left, err := os.ReadDir(c.dir)
	if err != nil || len(left) != maxAside {
		t.Errorf("%d files are kept, %v; want %d", len(left), err, maxAside)
	}
}

func TestStateDirOfOthersIsRefusedBOX18(t *testing.T) {
	for _, tt := range []struct {
		what string
		make func(dir string) (string, error)
	}{
		{"symbolic link", func(dir string) (string, error) { return dir + "/link", os.Symlink(t.TempDir(), dir+"/link") }},
		{"file", func(dir string) (string, error) { return dir + "/file", os.WriteFile(dir+"/file", nil, 0o600) }},
		{"fifo", func(dir string) (string, error) { return dir + "/fifo", unix.Mkfifo(dir+"/fifo", 0o600) }},
		{"writable for all", func(dir string) (string, error) { return dir, os.Chmod(dir, 0o777) }},
		{"writable for its group", func(dir string) (string, error) { return dir, os.Chmod(dir, 0o770) }},
		{"of another user", func(dir string) (string, error) { return dir, os.Chown(dir, 12345, 0) }},
	} {
		c := layCable(t)
		before := snap(t, c.near, nearName)
		dir, err := tt.make(c.dir)
		if err != nil {
			t.Fatal(err)
		}
		var le *link.Error
		err = c.near.Do(func() error { return Restore(dir) })
		if !errors.As(err, &le) || le.Field != "StateDir" || le.Value != dir {
			t.Errorf("%s: Restore() = %v, want an Error of StateDir", tt.what, err)
		}
		err = c.near.Do(func() error {
			_, err := OpenLink(Config{Name: nearName, StateDir: dir, HardwareAddr: bondAddr})
			return err
		})
		if !errors.As(err, &le) || le.Field != "StateDir" || le.Value != dir {
			t.Errorf("%s: OpenLink() = %v, want an Error of StateDir", tt.what, err)
		}
		if after := snap(t, c.near, nearName); after.Addr != before.Addr {
			t.Errorf("%s: the interface was changed: MAC address %s, want %s", tt.what, after.Addr, before.Addr)
		}
	}
}

func TestTemporariesAreSweptBOX44(t *testing.T) {
	c := layCable(t)
	old := time.Now().Add(-time.Hour)
	put := func(name string, dir, aged bool) {
		t.Helper()
		path := filepath.Join(c.dir, name)
		var err error
		if dir {
			err = errors.Join(os.Mkdir(path, 0o700), os.WriteFile(path+"/s", nil, 0o600))
		} else {
			err = os.WriteFile(path, nil, 0o600)
		}
		if aged {
			err = errors.Join(err, os.Chtimes(path, old, old))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put(".record-1234", false, false)
	put(".lacpd567", true, true)
	put("bond0.lacp.new", false, true)
	put(".lacpd568", true, false) // another process that is just starting
	put("bond1.lacp.new", false, false)
	put("bond0.lacp", false, true)
	if err := c.restore(t); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got, want := strings.Join(left, " "), ".lacpd568 bond0.lacp bond1.lacp.new"; got != want {
		t.Errorf("left are %q, want %q", got, want)
	}
}

// A stopped process may hold the lock of the directory.
func TestStateDirLockIsNotWaitedForForEverBOX18(t *testing.T) {
	c := layCable(t)
	f, err := os.Open(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	lockTimeout = 50 * time.Millisecond
	t.Cleanup(func() { lockTimeout = defaultLockTimeout })
	var le *link.Error
	if err := c.restore(t); !errors.As(err, &le) || le.Field != "StateDir" || !strings.Contains(err.Error(), "lock") {
		t.Errorf("Restore() = %v, want an Error of StateDir that names the lock", err)
	}
}

// editRecord changes the record of a killed process, and returns its new file.
func (c *cable) editRecord(t *testing.T, edit func(map[string]any)) (file string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(c.dir, "member-*.json"))
	if err != nil || len(names) != 1 {
		t.Fatalf("records are %v, %v; want one", names, err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	edit(r)
	if b, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	text := func(key string) string {
		if n, ok := r[key].(json.Number); ok {
			return n.String()
		}
		return r[key].(string)
	}
	file = filepath.Join(c.dir, "member-"+text("cookie")+"-"+text("index")+".json")
	if text("version") == "1" {
		file = filepath.Join(c.dir, text("namespace")+"-"+text("index")+"-"+text("name")+".json")
	}
	if err := errors.Join(os.Remove(names[0]), os.WriteFile(file, b, 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRecordOfAnotherBootIsDroppedBOX06(t *testing.T) {
	c, _ := abandoned(t)
	file := c.editRecord(t, func(r map[string]any) { r["boot"] = "00000000-0000-0000-0000-000000000000" })
	err := c.restore(t)
	bad := recordErrors(err)
	if len(bad) != 1 || bad[0].Path != file || !errors.Is(err, errOtherBoot) {
		t.Errorf("Restore() = %v, want a RecordError of %s that names the boot", err, file)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the record is still there")
	}
	c.checkMember(t) // left alone
}

// A new network namespace gets the inode number of one that has gone at once. Its interface is
// another program's, whatever numbers it has.
func TestStrangersInterfaceIsLeftAloneBOX06(t *testing.T) {
	dir := t.TempDir()
	index := 0
	// The child's namespace is closed with the subtest.
	t.Run("first", func(t *testing.T) {
		c := &cable{near: netlab.New(t), far: netlab.New(t), dir: dir}
		netlab.Pair(t, c.near, nearName, c.far, farName)
		c.near.SetHardwareAddr(t, nearName, net.HardwareAddr{2, 0, 0, 0, 1, 1})
		c.near.AddAddr(t, nearName, "192.0.2.1/24")
		index = c.near.Index(t, nearName)
		c.startChild(t)()
	})
	second := netlab.New(t)
	second.Run(t, "ip", "link", "add", "name", nearName, "index", itoa(index), "address", "02:00:00:00:01:01", "type", "veth", "peer", "name", farName)
	second.Run(t, "ip", "addr", "add", "10.1.2.3/24", "dev", nearName)
	second.Run(t, "ip", "link", "set", "dev", nearName, "mtu", "1400")
	before := second.Dump(t, nearName)
	// The record is edited as if the new namespace had the inode of the old one, because the
	// test can't make the kernel use it again.
	c := &cable{near: second, dir: dir}
	file := c.editRecord(t, func(r map[string]any) { r["namespace"] = json.Number(inode(t, second)) })
	err := c.restore(t)
	if diff := before.Diff(second.Dump(t, nearName)); diff != "" {
		t.Errorf("another program's interface was changed, - before, + after:\n%s", diff)
	}
	if bad := recordErrors(err); len(bad) != 1 || bad[0].Path != file || !errors.Is(err, errNamespaceGone) {
		t.Errorf("Restore() = %v, want a RecordError of %s that says its namespace is gone", err, file)
	}
}

// A record of another namespace stays as long as that namespace exists or may exist.
func TestRecordOfAnotherNamespaceStaysBOX06(t *testing.T) {
	c, before := abandoned(t)
	other := &cable{near: netlab.New(t), dir: c.dir}
	if err := other.restore(t); err != nil {
		t.Errorf("Restore() elsewhere = %v, want nil", err)
	}
	c.checkMember(t)
	if err := c.restore(t); err != nil {
		t.Errorf("Restore() = %v, want nil", err)
	}
	c.checkRestored(t, before)
}

// A kernel before 5.14 has no cookies. Our filter then proves that an interface is ours.
func TestRecordWithoutCookieBOX06(t *testing.T) {
	for _, filtered := range []bool{true, false} {
		c, before := abandoned(t)
		file := c.editRecord(t, func(r map[string]any) {
			r["cookie"] = json.Number("0")
			delete(r, "handle")
		})
		named := filepath.Join(c.dir, "member-inode"+inode(t, c.near)+"-"+itoa(c.near.Index(t, nearName))+".json")
		if err := os.Rename(file, named); err != nil {
			t.Fatal(err)
		}
		if !filtered {
			c.near.Run(t, "tc", "qdisc", "del", "dev", nearName, "clsact")
		}
		err := c.restore(t)
		switch {
		case filtered && err != nil:
			t.Errorf("Restore() = %v, want nil", err)
		case filtered:
			c.checkRestored(t, before)
		case !errors.Is(err, errUnproven):
			t.Errorf("without our filter, Restore() = %v, want errUnproven", err)
		}
	}
}

func TestFirstRecordIsMigratedBOX06(t *testing.T) {
	t.Parallel()
	for _, filtered := range []bool{true, false} {
		c, before := abandoned(t)
		file := c.editRecord(t, func(r map[string]any) {
			r["version"], r["permanent"], r["at"] = json.Number("1"), r["hardware_addr"], time.Now().Format(time.RFC3339)
			r["name"] = nearName
			for _, key := range []string{"boot", "cookie", "handle", "since", "ipv6", "routes", "nexthops", "neighbors"} {
				delete(r, key)
			}
			r["cookie"] = json.Number("0")
		})
		if filtered {
			// Another start, another kill.
			c.startChild(t)()
			if _, err := os.Stat(file); err == nil {
				t.Error("the record of version 1 is still there after a takeover")
			}
			if err := c.restore(t); err != nil {
				t.Errorf("Restore() = %v, want nil", err)
			}
			c.checkRestored(t, before)
			continue
		}
		c.near.Run(t, "tc", "qdisc", "del", "dev", nearName, "clsact")
		if err := c.restore(t); !errors.Is(err, errUnproven) {
			t.Errorf("Restore() = %v, want errUnproven", err)
		}
	}
}

// A record of a later version may belong to a live process.
func TestLaterRecordStaysBOX18(t *testing.T) {
	c, _ := abandoned(t)
	file := c.editRecord(t, func(r map[string]any) { r["version"] = json.Number("3") })
	err := c.restore(t)
	if bad := recordErrors(err); len(bad) != 1 || bad[0].Aside != "" || !strings.Contains(err.Error(), "version 3") {
		t.Errorf("Restore() = %v, want a RecordError that names version 3", err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the record: %v", err)
	}
	err = c.near.Do(func() error {
		_, err := OpenLink(c.memberConfig())
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "version 3") {
		t.Errorf("OpenLink() = %v, want one that names version 3", err)
	}
}

// From the handle of a namespace the kernel reports that it is gone, whichever namespace has
// its inode.
func TestRecordOfNamespaceThatIsGoneIsDroppedBOX06(t *testing.T) {
	netlab.New(t) // skips the test without privileges
	dir := t.TempDir()
	c := &cable{dir: dir}
	// The child's namespace ends with the subtest, because nothing else is in it.
	t.Run("first", func(t *testing.T) {
		c := &cable{near: netlab.New(t), far: netlab.New(t), dir: dir}
		netlab.Pair(t, c.near, nearName, c.far, farName)
		c.startChild(t)()
	})
	file := c.editRecord(t, func(r map[string]any) {
		if r["handle"] == nil {
			t.Skip("needs the handles of namespaces of kernel 6.18")
		}
	})
	other := &cable{near: netlab.New(t), dir: dir}
	var err error
	await(t, func() (string, bool) {
		err = other.restore(t)
		_, stat := os.Stat(file)
		return "the record is still there", stat != nil
	})
	if bad := recordErrors(err); len(bad) != 1 || bad[0].Path != file || !errors.Is(err, errNamespaceGone) {
		t.Errorf("Restore() = %v, want a RecordError of %s that says its namespace is gone", err, file)
	}
}
