package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// serveAt starts a server on a real socket, until the test ends.
func serveAt(t *testing.T, group int, commands ...Command) (path string) {
	t.Helper()
	path = socketPath(t)
	socket := listen(t, path, group)
	s := &Server{Status: func() any { return map[string]int{"bonds": 1} }, Commands: commands, Log: slog.New(slog.DiscardHandler)}
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(socket) }()
	t.Cleanup(func() {
		if err := socket.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return path
}

var whoAmI = Command{Name: "whoami", Run: func(_ context.Context, call *Call) (any, error) { return call.Peer, nil }}

func TestAskReturnsTheResultOrTheRefusal(t *testing.T) {
	path := serveAt(t, NoGroup, whoAmI)
	var p Peer
	if err := Ask(t.Context(), path, "whoami", nil, &p); err != nil {
		t.Fatal(err)
	}
	if p.PID != os.Getpid() || p.UID != os.Getuid() || p.Groups[0] != os.Getgid() {
		t.Errorf("peer is %+v, want process %d, user %d, group %d", p, os.Getpid(), os.Getuid(), os.Getgid())
	}
	var e *Error
	if err := Ask(t.Context(), path, "fly", nil, nil); !errors.As(err, &e) || e.Field != "command" || e.Allowed != "whoami" {
		t.Errorf("error is %v, want the command refused", err)
	}
	if err := Ask(t.Context(), path, "whoami", strings.Repeat("x", 2*maxRequest), nil); !errors.As(err, &e) || e.Field != "request" {
		t.Errorf("error of a request that is too long is %v, want it refused", err)
	}
}

func TestAskExplainsWhyThereIsNoAnswer(t *testing.T) {
	path := socketPath(t)
	if err := Ask(t.Context(), path, "x", nil, nil); err == nil || !strings.Contains(err.Error(), "no lacpd answers at "+path) {
		t.Errorf("error without a socket is %v", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // as lacpd did once
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "{\n  \"bonds\": []\n}\n")
			conn.Close()
		}
	}()
	if err := Ask(t.Context(), path, "x", nil, nil); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("error of an old lacpd is %v, want its version", err)
	}
}

// TestClientThatClosesItsSendingHalfGetsTheStatus checks what nc does without input.
func TestClientThatClosesItsSendingHalfGetsTheStatus(t *testing.T) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: serveAt(t, NoGroup), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || !json.Valid(got) || !strings.Contains(string(got), `"bonds": 1`) {
		t.Errorf("got %q, %v, want the status", got, err)
	}
}

// TestWatchGoesOnWithoutASendingHalf checks that a watcher that sends nothing more still gets
// events, and that the command ends once it is gone.
func TestWatchGoesOnWithoutASendingHalf(t *testing.T) {
	more, ended := make(chan struct{}), make(chan struct{})
	path := serveAt(t, NoGroup, Command{Name: "watch", Watch: func(ctx context.Context, _ *Call, put func(any)) error {
		defer close(ended)
		put(1)
		<-more
		put(2)
		<-ctx.Done()
		return nil
	}})
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, `{"command":"watch"}`); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(conn)
	for _, want := range []string{"1", "2"} {
		var a Answer
		if err := d.Decode(&a); err != nil || string(a.Event) != want {
			t.Fatalf("answer is %+v, %v, want event %s", a, err, want)
		}
		if want == "1" {
			close(more)
		}
	}
	conn.Close()
	<-ended
}

func TestWatchReturnsOnceItsContextIsDone(t *testing.T) {
	path := serveAt(t, NoGroup, Command{Name: "watch", Watch: func(ctx context.Context, _ *Call, put func(any)) error {
		put("x")
		<-ctx.Done()
		return nil
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := Watch(ctx, path, "watch", nil, func(json.RawMessage, int) error { cancel(); return nil }); err != nil {
		t.Errorf("Watch() = %v, want nil", err)
	}
}

// TestPeerIsWhoConnected checks that the kernel reports another user and its groups.
func TestPeerIsWhoConnected(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("becomes another user, which needs root")
	}
	path := socketPath(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, name := range []string{strings.TrimSuffix(path, "/s"), path} {
		if err := os.Chmod(name, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	fd := make(chan int)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with its user
		fd <- connectAs(t, path, 1234, 77, []uint32{78, 79})
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	defer func() { _ = unix.Close(<-fd) }()
	p := Identify(conn)
	if p.UID != 1234 || p.PID != os.Getpid() || !slices.Equal(p.Groups, []int{77, 78, 79}) {
		t.Errorf("peer is %+v, want user 1234 with groups 77, 78 and 79", p)
	}
}

// connectAs connects with the current thread as another user.
func connectAs(t *testing.T, path string, uid, gid int, groups []uint32) int {
	_, _, err := syscall.RawSyscall(syscall.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(&groups[0])), 0)
	if err == 0 {
		_, _, err = syscall.RawSyscall(syscall.SYS_SETRESGID, uintptr(gid), uintptr(gid), uintptr(gid))
	}
	if err == 0 {
		_, _, err = syscall.RawSyscall(syscall.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid))
	}
	if err != 0 {
		t.Errorf("user not changed: %v", err)
	}
	fd, e := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if e == nil {
		e = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}
	if e != nil {
		t.Errorf("not connected: %v", e)
	}
	return fd
}
