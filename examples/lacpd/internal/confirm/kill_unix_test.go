//go:build unix

package confirm

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// changer makes the test's process change a file again and again: it is set to the file.
const changer = "LACPD_TEST_CHANGE"

func TestMain(m *testing.M) {
	if file := os.Getenv(changer); file != "" {
		changeForEver(file)
	}
	os.Exit(m.Run())
}

// textOf returns the n-th text of the file: long, and the same number on every line.
func textOf(n int) []byte { return bytes.Repeat([]byte(strconv.Itoa(n)+"\n"), 2000) }

// changeForEver changes the file, and writes a line after each change that is kept.
func changeForEver(file string) {
	for n := 1; ; n++ {
		c, err := Prepare(file, textOf(n))
		if err == nil && n%3 == 0 {
			err = c.Drop() // as a change that is rolled back
		} else if err == nil {
			err = c.Keep()
		}
		if err != nil {
			_, _ = io.WriteString(os.Stdout, err.Error()+"\n")
			os.Exit(1)
		}
		if n%3 != 0 {
			_, _ = io.WriteString(os.Stdout, strconv.Itoa(n)+"\n")
		}
	}
}

// TestKillAtAnyMomentLeavesAWholeFile kills a process with SIGKILL, 100 times at random moments,
// while it changes a file. The file then has the last text that was kept, or the next one.
func TestKillAtAnyMomentLeavesAWholeFile(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	file := newFile(t, string(textOf(0)))
	between := 0
	for range 100 {
		if err := os.WriteFile(file, textOf(0), 0o600); err != nil {
			t.Fatal(err)
		}
		kept := killAfter(t, file, random)
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := bytes.Cut(got, []byte("\n"))
		n, err := strconv.Atoi(string(line))
		if err != nil || !bytes.Equal(got, textOf(n)) || n%3 == 0 && n != 0 {
			t.Fatalf("seed %d: the file has %d octets that begin with %q, want a whole text", seed, len(got), line)
		}
		if n < kept || n > kept+2 { // every third text is dropped
			t.Errorf("seed %d: the file has text %d, want %d or the next one", seed, n, kept)
		}
		at, err := Sweep(file)
		if err != nil {
			t.Fatal(err)
		}
		if !at.IsZero() {
			between++
		}
		wantAlone(t, file)
		wantText(t, file, string(got))
	}
	t.Logf("seed %d: %d of 100 kills came between the beginning and the end of a change", seed, between)
}

// killAfter runs a process that changes the file and kills it at a random moment. It returns the
// last text that the process reported as kept.
func killAfter(t *testing.T, file string, random *rand.Rand) (kept int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), changer+"="+file)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 1)
	if _, err := io.ReadFull(out, first); err != nil { // it has begun
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Duration(random.IntN(5000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
	rest, _ := io.ReadAll(out)
	timer.Stop()
	_ = cmd.Wait()
	lines := bytes.Split(append(first, rest...), []byte("\n"))
	if len(lines) < 2 { // the first line is incomplete
		return 0
	}
	if kept, err = strconv.Atoi(string(lines[len(lines)-2])); err != nil {
		t.Fatalf("the process reports %q", lines[len(lines)-2])
	}
	return kept
}
