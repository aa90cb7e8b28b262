package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lagkit/lagkit/internal/nftables"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// Look looks at the host, as far as the caller may.
func Look() *Host {
	h := new(Host)
	if err := h.lookAtInterfaces(); err != nil {
		h.Unseen = append(h.Unseen, "the interfaces: "+err.Error())
	}
	files := looker{"/proc", "/run"}
	for i := range h.Interfaces {
		h.Interfaces[i].Manager = files.manager(h.Interfaces[i].Index)
	}
	others, unread := files.listeners()
	if h.Listeners = others; unread > 0 {
		h.Unseen = append(h.Unseen, fmt.Sprintf("the programs of %d sockets for slow protocols: ask as root", unread))
	}
	return h
}

func (h *Host) lookAtInterfaces() error {
	conn, err := rtnl.Open()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it was only read
	links, err := conn.Links()
	if err != nil {
		return err
	}
	names := make(map[uint32]string)
	chains, err := nftables.Hooks()
	if errors.Is(err, fs.ErrPermission) {
		h.Unseen = append(h.Unseen, "the chains of nftables: ask as root")
	} else if err != nil {
		h.Unseen = append(h.Unseen, "the chains of nftables: "+err.Error())
	}
	for _, l := range links {
		names[uint32(l.Index)] = l.Name
	}
	for i := range links {
		l := &links[i]
		filters, err := conn.OtherFilters(l.Index)
		if err != nil {
			h.Unseen = append(h.Unseen, "the filters of "+l.Name+": "+err.Error())
		}
		for _, c := range chains {
			if slices.Contains(c.Interfaces, l.Name) {
				filters = append(filters, c.String())
			}
		}
		h.Interfaces = append(h.Interfaces, Interface{Index: int(l.Index), Names: append([]string{l.Name}, l.AltNames...),
			MTU: int(l.MTU), Master: names[l.Master], XDP: l.XDP, Filters: filters})
	}
	return nil
}

// looker reads files of the host.
type looker struct {
	proc, run string // directories
}

// manager returns the program that configures an interface; empty: none that is known.
func (l looker) manager(index int) string {
	n := strconv.Itoa(index)
	if l.value("NetworkManager/devices/"+n, "managed") == "true" {
		return "NetworkManager"
	}
	switch l.value("systemd/netif/links/"+n, "ADMIN_STATE") {
	case "configuring", "configured", "failed":
		return "systemd-networkd"
	}
	return ""
}

// value returns the value of a key in a file of lines KEY=VALUE below /run; empty if it has none.
func (l looker) value(name, key string) string {
	text, err := os.ReadFile(filepath.Join(l.run, name))
	if err != nil { // the program does not run
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok && k == key {
			return v
		}
	}
	return ""
}

// slowProtocols is how /proc/net/packet prints the EtherType of the slow protocols.
const slowProtocols = "8809"

// ourName is the name of the processes of lacpd.
const ourName = "lacpd"

// listeners returns the other programs with packet sockets for the slow protocols, and how many
// such sockets belong to a process that the caller may not look at.
func (l looker) listeners() (others []Listener, unread int) {
	text, err := os.ReadFile(filepath.Join(l.proc, "net/packet"))
	if err != nil {
		return nil, 0
	}
	var owners map[string]string
	for line := range strings.Lines(string(text)) {
		// sk RefCnt Type Proto Iface R Rmem User Inode
		f := strings.Fields(line)
		if len(f) < 9 || f[3] != slowProtocols {
			continue
		}
		if owners == nil {
			owners = l.sockets()
		}
		index, err := strconv.Atoi(f[4])
		switch program := owners[f[8]]; {
		case err != nil:
		case program == "":
			unread++
		case !strings.HasPrefix(program, ourName+" "):
			others = append(others, Listener{index, program})
		}
	}
	return others, unread
}

// sockets returns the program of each socket, by its inode.
func (l looker) sockets() map[string]string {
	owners := make(map[string]string)
	links, _ := filepath.Glob(filepath.Join(l.proc, "[0-9]*/fd/*")) // the pattern is valid
	for _, link := range links {
		target, err := os.Readlink(link)
		inode, ok := strings.CutPrefix(target, "socket:[")
		if err != nil || !ok {
			continue
		}
		dir := filepath.Dir(filepath.Dir(link))
		name, _ := os.ReadFile(filepath.Join(dir, "comm")) // the process may have ended
		owners[strings.TrimSuffix(inode, "]")] = fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), filepath.Base(dir))
	}
	return owners
}
