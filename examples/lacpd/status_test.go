package main

import (
	"bytes"
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
	if err := render.Text(&out, &view.Status{Bonds: []view.Bond{b}}, since.Add(90*time.Second)); err != nil || out.String() != want {
		t.Errorf("status is\n%s%v\nwant\n%s", &out, err, want)
	}
}

func TestStatusSaysWhyNothingAnswersBOX38(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENOENT)}, "no lacpd answers at /s: start lacpd run, or name its socket with -socket"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "no lacpd answers at /s: start lacpd run, or name its socket with -socket"},
		{&fs.PathError{Op: "lstat", Path: "/s", Err: syscall.EACCES}, "only the user who started lacpd may use socket /s: ask as that user, for example with sudo"},
		{os.ErrDeadlineExceeded, "lacpd did not answer at /s within 5s: it is stopped or hangs"},
		{context.DeadlineExceeded, "lacpd did not answer at /s within 5s: it is stopped or hangs"},
		{syscall.EINVAL, "no answer from lacpd at /s: invalid argument"},
	} {
		if got := noAnswer("/s", tt.err).Error(); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.err, got, tt.want)
		}
	}
	path := filepath.Join(t.TempDir(), "s")
	var out bytes.Buffer
	if code := runStatus(context.Background(), arguments{socket: path}, &out, &out); code != exitFailed || !strings.HasPrefix(out.String(), "lacpd: no lacpd answers at ") {
		t.Errorf("status exits with %d: %s", code, &out)
	}
}
