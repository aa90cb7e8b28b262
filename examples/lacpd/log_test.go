package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
)

func TestLogLeavesOutWhatIsEmptyBOX38(t *testing.T) {
	var b bytes.Buffer
	log := newLog(&b, logText)
	var none error
	log.Info("x", "error", none, "hold", "", "advice", "Wait.", "n", 0, "on", false, "address", net.HardwareAddr{2, 0, 0, 0, 0, 1})
	log.Error("y", "error", errors.New("z"))
	fmt.Fprintln(log, "lines:1: as they stand")
	log.close()
	got := strings.Split(b.String(), "\n")
	for i, want := range []string{
		"level=INFO msg=x advice=Wait. n=0 on=false address=02:00:00:00:00:01",
		"level=ERROR msg=y error=z",
		"lines:1: as they stand",
		"",
	} {
		if i >= len(got) {
			t.Fatalf("log is\n%s", &b)
		}
		_, line, timed := strings.Cut(got[i], "Z ")
		if !timed {
			line = got[i]
		}
		if line != want {
			t.Errorf("line %d is %q, want %q", i, line, want)
		}
	}
}

func TestLogAsJSONHasNothingElse(t *testing.T) {
	var b bytes.Buffer
	log := newLog(&b, logJSON)
	log.Info("x", "hold", "", "address", net.HardwareAddr{2, 0, 0, 0, 0, 1})
	fmt.Fprint(log, "lines:1: as they stand\nlines:2: too\n")
	for range 3 {
		log.With("bond", "b").Warn("y", "member", "e", "to", "LinkDown")
	}
	log.close()
	want := []map[string]any{
		{"level": "INFO", "msg": "x", "address": "02:00:00:00:00:01"},
		{"level": "ERROR", "msg": "lines:1: as they stand"},
		{"level": "ERROR", "msg": "lines:2: too"},
		{"level": "WARN", "msg": "y", "bond": "b", "member": "e", "to": "LinkDown"},
		{"level": "WARN", "msg": "y", "bond": "b", "member": "e", "to": "LinkDown", "repeated": 2.0},
	}
	d := json.NewDecoder(&b)
	for _, w := range want {
		var r map[string]any
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r["time"] == nil {
			t.Errorf("record %v has no time", r)
		}
		delete(r, "time")
		delete(r, "last")
		if !reflect.DeepEqual(r, w) {
			t.Errorf("record is %v, want %v", r, w)
		}
	}
	if d.More() {
		t.Errorf("the log goes on: %s", &b)
	}
}
