package chassis_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

func TestReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("A", chassis.LAG{Settings: map[string]string{"mtu": "9000"}})
		b.carries(5*time.Second, "A")
		d := b.store.OpenDirectory()
		defer func() { _ = d.Close() }()
		if err := d.Publish(t.Context(), "B", lag, []byte("{")); err != nil {
			t.Fatal(err)
		}
		got, err := chassis.Reports(t.Context(), d, lag)
		if err == nil {
			t.Error("a report that is no JSON: no error")
		}
		if r, ok := got["A"]; len(got) != 1 || !ok || r.Settings["mtu"] != "9000" || len(r.Ports) != 2 {
			t.Errorf("reports %+v, want that of A with mtu 9000 and two ports", got)
		}
		if err := b.boxes["A"].Remove(t.Context(), lag); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if got, _ := chassis.Reports(t.Context(), d, lag); len(got) != 0 {
			t.Errorf("reports %+v after the LAG was removed, want none", got)
		}
	})
}
