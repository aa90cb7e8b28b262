package bond_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
)

// records returns the JSON records of a log.
func records(t *testing.T, log *bytes.Buffer) (list []map[string]any) {
	t.Helper()
	d := json.NewDecoder(log)
	for d.More() {
		var r map[string]any
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// TestLogNamesWhatChanged checks the attributes of a member's change: from where to where, the
// partner, and the sender of the LACPDU that caused it.
func TestLogNamesWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		cfg := bond.Config{Name: "bond0", Rate: bond.RateFast, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
		p := newPair(t, 1, cfg, fast34)
		p.waitReady(t, 4*time.Second)
		synctest.Wait()
		partner := p.b.HardwareAddr().String()
		var last map[string]any
		withSource := 0
		for _, r := range records(t, &log) {
			if r["msg"] != "member changed" {
				continue
			}
			if r["source"] != nil {
				withSource++
			}
			last = r
		}
		if last["bond"] != "bond0" || last["member"] == "" || last["from"] == last["to"] || last["to"] != "Distributing" || last["partner"] != partner || last["carries_data"] != true {
			t.Errorf("last change is %v, want one to Distributing with partner %s", last, partner)
		}
		if withSource == 0 {
			t.Error("no change has the sender of the LACPDU that caused it")
		}
		p.cables[0].SetUp(false)
		synctest.Wait()
		for _, r := range records(t, &log) {
			if r["msg"] == "member changed" && (r["from"] != "Distributing" || r["to"] != "LinkDown" || r["source"] != nil) {
				t.Errorf("change is %v, want from Distributing to LinkDown, without a frame", r)
			}
		}
		p.close(t)
	})
}

// TestLogHasTheKernelsWordsWithoutAPartner checks that the log has the Linux bonding driver's
// warning once, for runbooks, when no member hears a partner, and again after a partner was lost.
func TestLogHasTheKernelsWordsWithoutAPartner(t *testing.T) {
	const want = "bond0: Warning: No 802.3ad response from the link partner for any adapters in the bond"
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		cfg := bond.Config{Name: "bond0", Rate: bond.RateFast, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
		p := newPair(t, 2, cfg, fast34)
		p.waitReady(t, 4*time.Second)
		count := func() (n int) {
			synctest.Wait()
			for _, r := range records(t, &log) {
				if r["linux"] == want {
					n++
				}
			}
			return n
		}
		if n := count(); n != 0 {
			t.Errorf("%d warnings with a partner, want none", n)
		}
		if err := p.b.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := count(); n != 1 {
			t.Errorf("%d warnings within a minute without a partner, want 1", n)
		}
		if err := p.a.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
