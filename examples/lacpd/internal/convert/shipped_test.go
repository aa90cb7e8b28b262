package convert

import (
	"os"
	"path/filepath"
	"testing"
)

// TestShippedFilesOfNetworkdSayWhatTheyShould checks what the files that lacpd ships for
// systemd-networkd contain, as systemd reads them.
func TestShippedFilesOfNetworkdSayWhatTheyShould(t *testing.T) {
	for file, want := range map[string]map[string]string{
		"10-lacpd-ports.network": {"Match Name": "eth1 eth2", "Link Unmanaged": "yes", "Link RequiredForOnline": "no"},
		"20-lacpd-dhcp.network":  {"Match Name": "bond0", "Network DHCP": "yes", "Network IgnoreCarrierLoss": "10s"},
	} {
		text, err := os.ReadFile(filepath.Join("../../packaging/networkd", file))
		if err != nil {
			t.Fatal(err)
		}
		sections, others := readSections(Source{file, text})
		for _, v := range others {
			t.Errorf("%s:%d: %q is no assignment", file, v.at.line, v.text)
		}
		got := make(map[string]string)
		for _, s := range sections {
			for _, a := range s.keys {
				got[s.name+" "+a.key] = a.text
			}
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s: %s is %q, want %q", file, key, got[key], value)
			}
			delete(got, key)
		}
		if len(got) > 0 {
			t.Errorf("%s has more: %v", file, got)
		}
	}
}
