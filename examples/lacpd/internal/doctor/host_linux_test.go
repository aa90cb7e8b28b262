package doctor

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestManagersOfInterfaces(t *testing.T) {
	l := looker{run: t.TempDir()}
	write(t, l.run+"/NetworkManager/devices/2", "[device]\nmanaged=true\nperm-hw-addr-fake=02:00:00:00:00:01\n")
	write(t, l.run+"/NetworkManager/devices/3", "[device]\nmanaged=false\n")
	write(t, l.run+"/systemd/netif/links/4", "# This is private data.\nADMIN_STATE=configured\nOPER_STATE=carrier\n")
	write(t, l.run+"/systemd/netif/links/5", "ADMIN_STATE=unmanaged\n")
	for index, want := range map[int]string{1: "", 2: "NetworkManager", 3: "", 4: "systemd-networkd", 5: ""} {
		if got := l.manager(index); got != want {
			t.Errorf("interface %d is managed by %q, want %q", index, got, want)
		}
	}
}

func TestListenersToSlowProtocols(t *testing.T) {
	l := looker{proc: t.TempDir()}
	write(t, l.proc+"/net/packet", "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"+
		"0000000000000000 3      3    8809   2     1 0      0      100   \n"+
		"0000000000000000 3      3    8809   3     1 0      0      101   \n"+
		"0000000000000000 3      3    0003   3     1 0      0      102   \n"+
		"0000000000000000 3      3    8809   4     1 0      0      103   \n")
	for pid, socket := range map[string]string{"7": "100", "8": "101", "9": "102"} {
		name := map[string]string{"7": "teamd\n", "8": "lacpd\n", "9": "tcpdump\n"}[pid]
		write(t, filepath.Join(l.proc, pid, "comm"), name)
		if err := os.Mkdir(filepath.Join(l.proc, pid, "fd"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("socket:["+socket+"]", filepath.Join(l.proc, pid, "fd/3")); err != nil {
			t.Fatal(err)
		}
	}
	got, unread := l.listeners()
	if want := []Listener{{2, "teamd (process 7)"}}; !slices.Equal(got, want) || unread != 1 {
		t.Errorf("listeners %+v, %d unread, want %+v, 1: neither lacpd nor what hears other frames", got, unread, want)
	}
}

func TestLookSeesTheInterfaces(t *testing.T) {
	h := Look()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if got := h.find(i.Name); got == nil || got.Index != i.Index || got.MTU != i.MTU {
			t.Errorf("%s: got %+v, want index %d and MTU %d; not looked at: %q", i.Name, got, i.Index, i.MTU, h.Unseen)
		}
	}
}
