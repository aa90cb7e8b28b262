package control

import (
	"context"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestClientExplainsWhyNothingAnswersBOX38(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENOENT)}, "no lacpd answers at /s: start lacpd run, or name its socket with -socket"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "no lacpd answers at /s: start lacpd run, or name its socket with -socket"},
		{&fs.PathError{Op: "lstat", Path: "/s", Err: syscall.EACCES}, "only the user who started lacpd, and the group of its -socket-group, may use socket /s: ask as one of them, for example with sudo"},
		{os.ErrDeadlineExceeded, "lacpd did not answer at /s in time: it is stopped or hangs"},
		{context.DeadlineExceeded, "lacpd did not answer at /s in time: it is stopped or hangs"},
		{syscall.EINVAL, "no answer from lacpd at /s: invalid argument"},
	} {
		if got := unanswered("/s", tt.err).Error(); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.err, got, tt.want)
		}
	}
}
