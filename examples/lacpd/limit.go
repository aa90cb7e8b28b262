package main

import (
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/privilege"
)

// usableConfig reads a file that only root and lacpd's own user can have written. It returns
// an error with all reasons why run can't use it, such as that it replaces bonds that run.
func usableConfig(h host, name string, running ...config.Running) (*config.File, error) {
	f, err := config.Load(name)
	if err == nil {
		f.RefuseReplaced(running)
		err = f.Refused()
	}
	if err == nil && h.trusted != nil {
		err = h.trusted(name, os.Geteuid())
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// configDirs returns the directory of a file and, if it is a symbolic link, that of its target.
func configDirs(name string) []string {
	dirs := []string{filepath.Dir(name)}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		dirs = append(dirs, filepath.Dir(target))
	}
	return dirs
}

// errNoBPF is why a bond can't get a data plane in the kernel by a reload.
var errNoBPF = errors.New("lacpd gave up CAP_BPF at its start, because no bond used it then: write the file and restart lacpd")

// limited gives up the privileges that the bonds of the file and those that were taken over do not
// need, and logs that. It returns the host as the process can use it from now on.
func limited(h host, a *runFlags, f *config.File, taken []managed, log *slog.Logger) (host, error) {
	if h.limit == nil {
		return h, nil
	}
	bpf := needsBPF(h, a, f.Bonds) || slices.ContainsFunc(taken, func(m managed) bool { return m.plane.Name == config.PlaneEBPF })
	// Landlock allows a directory only if it exists. If it can't be made, the bonds report that.
	_ = os.MkdirAll(a.stateDir, 0o700)
	r, err := h.limit(privilege.Limits{
		BPF:   bpf,
		Files: writable(a),
		Read:  reaching(f.Chassis),
		Open:  a.noSandbox,
	})
	if err != nil {
		return h, err
	}
	for _, why := range r.Missing {
		log.Warn("privileges not limited in every way", "why", why)
	}
	log.Info("privileges limited", "kept", r)
	if !bpf {
		h.kernel = func() error { return errNoBPF }
	}
	return h, nil
}

// needsBPF reports whether a bond may get a data plane in the kernel, or an earlier run has left
// one there that has to be removed.
func needsBPF(h host, a *runFlags, bonds []config.Bond) bool {
	if slices.ContainsFunc(bonds, func(c config.Bond) bool { return c.DataPlane == config.PlaneEBPF || c.DataPlane == config.PlaneAuto }) {
		return true
	}
	for _, name := range savedBonds(a.stateDir) {
		if !slices.ContainsFunc(bonds, func(c config.Bond) bool { return c.Name == name }) {
			return true
		}
	}
	links, err := h.links()
	return err == nil && slices.ContainsFunc(links, func(l hostLink) bool { return l.left && l.kind == kernelKind })
}

// Where the addresses of names stand, and which certificates the host trusts.
var (
	// All of /etc: programs replace its hosts and resolv.conf, and Landlock allows a file, not its name.
	nameFiles      = []string{"/etc", "/run/systemd/resolve"}
	authorityFiles = []string{"/etc/ssl", "/etc/pki", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"}
)

// reaching returns the files that are read to reach the store: URLs with addresses need fewer.
func reaching(c *config.Chassis) (files []string) {
	if c == nil {
		return nil
	}
	for _, text := range c.Store.Etcd {
		u, err := url.Parse(text)
		if err != nil {
			continue // the file was checked
		}
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			files = append(files, nameFiles...)
			// It can be a link into the directory of a program that replaces it.
			if target, err := filepath.EvalSymlinks("/etc/resolv.conf"); err == nil {
				files = append(files, filepath.Dir(target))
			}
		}
		if u.Scheme == "https" && c.Store.CA == "" {
			files = append(files, authorityFiles...)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// writable returns the directories where lacpd makes and removes files. A service manager
// names further ones.
func writable(a *runFlags) []string {
	dirs := append(configDirs(a.config), a.stateDir, filepath.Dir(a.socket))
	if path, ok := strings.CutPrefix(a.http.address, "unix:"); ok {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, name := range []string{"STATE_DIRECTORY", "RUNTIME_DIRECTORY"} {
		dirs = append(dirs, filepath.SplitList(os.Getenv(name))...)
	}
	return dirs
}
