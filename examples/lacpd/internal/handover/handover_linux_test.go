package handover

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// meet returns both ends of a meeting.
func meet(t *testing.T) (near, far *net.UnixConn) {
	t.Helper()
	m, err := NewMeeting()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if near, err = Meet(t.Context(), m.Address()); err != nil {
		t.Fatal(err)
	}
	if far, err = m.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, conn := range []*net.UnixConn{near, far} {
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	return near, far
}

// memfds returns descriptors of files that hold their number.
func memfds(t *testing.T, n int) (fds []int) {
	t.Helper()
	for i := range n {
		fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
		if _, err := unix.Write(fd, []byte{byte(i), byte(i >> 8)}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { CloseFiles(fds) })
	return fds
}

func TestOfferArrivesWithItsDescriptors(t *testing.T) {
	near, far := meet(t)
	sent := &Offer{Config: []byte("bonds: []\n"), Bonds: []Bond{{Name: "bond0", Plane: "user", State: json.RawMessage(`{"a":1}`), Files: Part{1, 299}}}}
	fds := memfds(t, 300) // more than one message holds
	done := make(chan error, 1)
	go func() { done <- errors.Join(Send(near, sent, fds), WriteWord(near, Go)) }()
	got, files, err := Receive(far)
	if err != nil {
		t.Fatal(err)
	}
	defer CloseFiles(files)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got.Version != Version || string(got.Config) != string(sent.Config) || len(got.Bonds) != 1 || got.Bonds[0].Name != "bond0" || string(got.Bonds[0].State) != `{"a":1}` {
		t.Errorf("offer %+v, want %+v", got, sent)
	}
	if len(files) != len(fds) {
		t.Fatalf("%d descriptors, want %d", len(files), len(fds))
	}
	for i, fd := range files {
		var b [2]byte
		if _, err := unix.Pread(fd, b[:], 0); err != nil || int(b[0])|int(b[1])<<8 != i {
			t.Errorf("descriptor %d is of file %d, %v", i, int(b[0])|int(b[1])<<8, err)
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor %d is not close-on-exec", i)
		}
	}
	if word, err := ReadWord(far); word != Go || err != nil {
		t.Errorf("ReadWord() = %q, %v, want %q", word, err, Go)
	}
	part, err := got.Bonds[0].Files.Of(files)
	if err != nil || len(part) != 299 || part[0] != files[1] {
		t.Errorf("part of %d descriptors, %v, want 299 from the second on", len(part), err)
	}
}

func TestPartIsChecked(t *testing.T) {
	for _, p := range []Part{{-1, 1}, {0, 4}, {4, 0}, {1, 1 << 62}, {0, -1}} {
		if got, err := p.Of([]int{7, 8, 9}); err == nil {
			t.Errorf("%+v of three descriptors = %v, want an error", p, got)
		}
	}
}

// What is no offer is refused, and leaves no descriptor behind.
func TestReceiveRefusesWhatIsNoOffer(t *testing.T) {
	before, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		near, far := meet(t)
		b := make([]byte, random.IntN(40))
		for j := range b {
			b[j] = byte(random.Uint32())
		}
		switch {
		case i%3 == 0 && len(b) > 8:
			copy(b, []byte{0, 0, 0, byte(len(b) - 8), 0, 0, 0, byte(i % 2)})
		case i%3 == 1:
			b, _ = encode(&Offer{}, 2)
			b[len(b)-random.IntN(20)-1] ^= byte(1 + random.IntN(255))
		}
		rights := unix.UnixRights(0)
		go func() {
			_, _ = near.Write(b)
			_, _, _ = near.WriteMsgUnix([]byte{0}, rights, nil)
			_ = near.Close()
		}()
		if o, files, err := Receive(far); err == nil {
			CloseFiles(files)
			t.Errorf("%q is taken for the offer %+v", b, o)
		}
		_, _ = near.Close(), far.Close()
	}
	after, err := os.ReadDir("/proc/self/fd")
	if err != nil || len(after) > len(before)+2 {
		t.Errorf("%d descriptors, %v, want %d", len(after), err, len(before))
	}
}

func TestOfferOfAnotherVersionIsRefused(t *testing.T) {
	b, err := encode(&Offer{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	o := new(Offer)
	if err := json.Unmarshal(b[headerLen:], o); err != nil {
		t.Fatal(err)
	}
	o.Version++
	other, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decode(other); err == nil {
		t.Errorf("version %d is taken, want it refused", o.Version)
	}
	if _, err := encode(&Offer{}, maxFiles+1); err == nil {
		t.Errorf("%d descriptors are sent, want them refused", maxFiles+1)
	}
}

func TestWordsEndWithTheConnection(t *testing.T) {
	near, far := meet(t)
	if err := WriteWord(near, "a word that is far too long"); err != nil {
		t.Fatal(err)
	}
	if word, err := ReadWord(far); err == nil {
		t.Errorf("ReadWord() = %q, want an error", word)
	}
	near, far = meet(t)
	_ = near.Close()
	if word, err := ReadWord(far); !errors.Is(err, io.EOF) {
		t.Errorf("ReadWord() of a closed connection = %q, %v, want %v", word, err, io.EOF)
	}
}
