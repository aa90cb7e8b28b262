package netlab

import "testing"

func TestParseOVSMembers(t *testing.T) {
	members := parseOVSMembers("---- lag0 ----\n  status: active negotiated\n\nmember: o0: current attached\n  port_id: 2\n"+
		"  actor state: activity timeout aggregation synchronized collecting distributing\n"+
		"  partner state: activity aggregation synchronized collecting\n\nmember: o1: defaulted detached\n  actor state: activity defaulted\n  partner state:\n",
		"---- lag0 ----\nbond_mode: balance-tcp\n\nmember o0: enabled\n  active member\n  may_enable: true\n\nmember o1: disabled\n  may_enable: false\n")
	o0, o1 := members["o0"], members["o1"]
	if len(members) != 2 || !o0.Enabled || o0.Status != "current attached" || !o0.Actor["distributing"] || !o0.Partner["collecting"] {
		t.Errorf("o0 is %+v", o0)
	}
	if o1.Enabled || o1.Actor["distributing"] || !o1.Actor["defaulted"] || len(o1.Partner) != 0 {
		t.Errorf("o1 is %+v", o1)
	}
}
