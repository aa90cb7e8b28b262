package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
)

func TestLogLeavesOutWhatIsEmptyBOX38(t *testing.T) {
	var b bytes.Buffer
	log := newLog(&b)
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
