package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

func TestStatusListsWhatIsMissingAndWhatFailed(t *testing.T) {
	since := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	at := since.Add(60 * time.Second)
	b := viewManaged(&managed{cfg: config.Bond{Name: "bond1"}, fault: &fault{err: os.ErrDeadlineExceeded, since: at, next: since.Add(94 * time.Second)},
		absent: []absence{{"usb0", "there is no such interface", at}}}, nil)
	want := "bond1: not open, LACP\n  missing usb0 for 30s: there is no such interface\n  failed for 30s, next try in 4s: i/o timeout\n"
	var out bytes.Buffer
	if err := render.Text(&out, &view.Status{Bonds: []view.Bond{b}}, nil, since.Add(90*time.Second), 0); err != nil || out.String() != want {
		t.Errorf("status is\n%s%v\nwant\n%s", &out, err, want)
	}
}

func TestStatusSaysWhyNothingAnswersBOX38(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var out bytes.Buffer
	if code := runStatus(context.Background(), &statusFlags{socket: path}, nil, &out, &out); code != exitFailed || !strings.HasPrefix(out.String(), "lacpd: no lacpd answers at ") {
		t.Errorf("status exits with %d: %s", code, &out)
	}
}
