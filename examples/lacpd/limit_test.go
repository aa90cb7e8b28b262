package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/privilege"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// TestRunWithoutItsPrivilegesDoesNothingBOX38 checks that run ends before it touches anything
// if it lacks a capability, or can't limit its own.
func TestRunWithoutItsPrivilegesDoesNothingBOX38(t *testing.T) {
	for name, change := range map[string]func(*host){
		"not allowed": func(h *host) { h.allowed = func() error { return errors.New("not allowed") } },
		"not limited": func(h *host) {
			h.limit = func(privilege.Limits) (privilege.Report, error) {
				return privilege.Report{}, errors.New("not limited")
			}
		},
	} {
		h := newFakeHost()
		change(&h.host)
		var out bytes.Buffer
		a := &runFlags{config: "testdata/lacpd.yaml", socket: socketPath(t), stateDir: t.TempDir()}
		page := filepath.Join(filepath.Dir(a.socket), "h")
		a.http.address = "unix:" + page
		code := runDaemon(context.Background(), a, h.host, &out)
		if _, err := os.Stat(page); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: socket of the page: %v, want none left", name, err)
		}
		if code != exitFailed || out.String() != "lacpd: "+name+"\n" || len(h.tries)+len(h.restored) != 0 {
			t.Errorf("%s: run exits with %d, %d bonds tried: %s", name, code, len(h.tries), &out)
		}
	}
}

// TestRunKeepsOnlyWhatItsBondsNeed checks which files and capabilities run asks to keep, and
// that a plane in the kernel is refused with a reason if CAP_BPF was given up.
func TestRunKeepsOnlyWhatItsBondsNeed(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "/var/lib/lagkit")
	dir := t.TempDir()
	for plane, want := range map[string]bool{config.PlaneUser: false, config.PlaneAuto: true, config.PlaneEBPF: true} {
		h := newFakeHost()
		var got privilege.Limits
		h.host.limit = func(l privilege.Limits) (privilege.Report, error) {
			got = l
			return privilege.Report{}, nil
		}
		b := newBench(t, twoBonds)
		a := &runFlags{config: b.file, socket: filepath.Join(dir, "run", "s"), stateDir: filepath.Join(dir, "state")}
		a.http.address = "unix:" + filepath.Join(dir, "web", "h")
		limited, err := limited(h.host, a, &config.File{Bonds: []config.Bond{{Name: "bond0", DataPlane: plane}}}, nil, b.daemon.log)
		if err != nil {
			t.Fatal(err)
		}
		etc := filepath.Dir(b.file)
		if got.BPF != want || !slices.Equal(got.Files, []string{etc, etc, a.stateDir, filepath.Join(dir, "run"), filepath.Join(dir, "web"), "/var/lib/lagkit"}) {
			t.Errorf("data_plane %s keeps %+v, want BPF %v and the directories of its files", plane, got, want)
		}
		if err := limited.kernel(); errors.Is(err, errNoBPF) == want {
			t.Errorf("data_plane %s: the kernel's answer is %v", plane, err)
		}
	}
}

// TestStoreDecidesWhatIsRead checks that lacpd reads names and authorities only if the URLs of the store need them.
func TestStoreDecidesWhatIsRead(t *testing.T) {
	for _, test := range []struct {
		chassis          *config.Chassis
		names, authority bool
	}{
		{nil, false, false},
		{&config.Chassis{External: true}, false, false},
		{&config.Chassis{Store: config.Store{Etcd: []string{"http://192.0.2.1:2379", "http://[2001:db8::1]:2379"}}}, false, false},
		{&config.Chassis{Store: config.Store{Etcd: []string{"https://192.0.2.1:2379"}, CA: "/etc/lagkit/ca.crt"}}, false, false},
		{&config.Chassis{Store: config.Store{Etcd: []string{"https://192.0.2.1:2379"}}}, false, true},
		{&config.Chassis{Store: config.Store{Etcd: []string{"http://192.0.2.1:2379", "http://etcd.test:2379"}}}, true, false},
		{&config.Chassis{Store: config.Store{Etcd: []string{"https://etcd.test"}}}, true, true},
	} {
		got := reaching(test.chassis)
		if names, authority := slices.Contains(got, "/etc"), slices.Contains(got, "/etc/ssl"); names != test.names || authority != test.authority {
			t.Errorf("%+v: reads %q, want names %v, authorities %v", test.chassis, got, test.names, test.authority)
		}
	}
}

// TestKernelPlaneOfAnEarlierRunKeepsBPF checks that lacpd keeps what it needs to remove a bond
// that the file no longer has.
func TestKernelPlaneOfAnEarlierRunKeepsBPF(t *testing.T) {
	b := newBench(t, twoBonds)
	for saved, want := range map[string]bool{"a": false, "gone": true} {
		if err := writeFile(b.savedFile(saved), nil); err != nil {
			t.Fatal(err)
		}
		if got := needsBPF(b.host.host, &b.args, b.bonds(t)); got != want {
			t.Errorf("with the saved state of bond %s needsBPF() = %v, want %v", saved, got, want)
		}
		b.forget(saved)
	}
}

// TestFileOthersCanChangeIsRefused checks that run and a reload refuse a file that other users
// can change.
func TestFileOthersCanChangeIsRefused(t *testing.T) {
	b := newBench(t, twoBonds)
	b.daemon.host.trusted = privilege.CheckOwner
	if err := os.Chmod(b.file, 0o666); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := runCheck(context.Background(), b.file, "/nowhere/s", b.daemon.host, &out, &errs); code != exitOK || !strings.Contains(errs.String(), "warning: run would refuse the file") {
		t.Errorf("check exits with %d and prints %q, want 0 and a warning", code, &errs)
	}
	b.reload()
	if log := b.log.String(); !strings.Contains(log, "configuration not read, nothing changed") || !strings.Contains(log, "mode 0666") {
		t.Errorf("log %s, want that the file is refused for its mode", log)
	}
	if len(b.list()) != 0 {
		t.Errorf("%d bonds after a refused file, want none", len(b.list()))
	}
}

// TestBondsTakenOverKeepWhatTheyNeed checks that a successor can close a bond whose frames programs
// in the kernel carry, although its own file has no such bond.
func TestBondsTakenOverKeepWhatTheyNeed(t *testing.T) {
	for plane, want := range map[string]bool{config.PlaneUser: false, config.PlaneTeam: false, config.PlaneEBPF: true} {
		b := newBench(t, twoBonds)
		var got privilege.Limits
		h := b.host.host
		h.limit = func(l privilege.Limits) (privilege.Report, error) {
			got = l
			return privilege.Report{}, nil
		}
		taken := []managed{{cfg: config.Bond{Name: "a"}, plane: view.DataPlane{Name: plane}}}
		if _, err := limited(h, &b.args, &config.File{Bonds: b.bonds(t)}, taken, b.daemon.log); err != nil {
			t.Fatal(err)
		}
		if got.BPF != want {
			t.Errorf("with a bond over %s that was taken over BPF is %v, want %v", plane, got.BPF, want)
		}
	}
}
