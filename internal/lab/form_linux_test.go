package lab

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"
	"time"
)

func TestFormsWithOpenVSwitch(t *testing.T) {
	besideOthers(t)
	for i, cfg := range []bedConfig{
		{members: 2}, // also in the quick run
		{members: 4},
		{members: 2, ovsPassive: true},
		{members: 4, ovsPassive: true},
		{members: 2, passive: true},
		{members: 2, slow: true},
		{members: 4, slow: true},
		{members: 2, slow: true, ovsPassive: true},
		{members: 4, slow: true, ovsPassive: true},
	} {
		t.Run(fmt.Sprintf("members=%d,slow=%v,ovsPassive=%v,passive=%v", cfg.members, cfg.slow, cfg.ovsPassive, cfg.passive), func(t *testing.T) {
			if i > 0 {
				needLong(t)
			}
			b := newBed(t, cfg)
			limit := 3500 * time.Millisecond
			if cfg.slow {
				// LACPDUs lost at the start are sent again after 30 s.
				limit = 35 * time.Second
			}
			took := b.form(t, limit)
			t.Logf("both ends use all members %v after link up", took)

			out, err := exec.Command(b.lacpd.program, "status", "-json", "-socket", b.lacpd.socket).Output()
			var v struct{ Bonds []status }
			if err == nil {
				err = json.Unmarshal(out, &v)
			}
			if err != nil || len(v.Bonds) != 1 || len(v.Bonds[0].Members) != cfg.members || !v.Bonds[0].Up {
				t.Errorf("lacpd status -json: %v\n%s", err, out)
			}
		})
	}
}
