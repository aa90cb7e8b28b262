package privilege

import "testing"

func TestCheckNamesTheMissingCapabilitiesBOX38(t *testing.T) {
	const admin, raw = 1 << 12, 1 << 13
	for _, tt := range []struct {
		set  uint64
		want string
	}{
		{admin | raw, ""},
		{1<<41 - 1, ""},
		{raw, "lacpd run lacks CAP_NET_ADMIN: start it as root, or with these capabilities"},
		{0, "lacpd run lacks CAP_NET_ADMIN and CAP_NET_RAW: start it as root, or with these capabilities"},
	} {
		got := ""
		if err := lacking(tt.set); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("lacking(%x) = %q, want %q", tt.set, got, tt.want)
		}
	}
}
