package ebpf

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestFramesStopInTime sends a frame before and after the time until when frames pass. In the last
// second before it the clock counts for every frame, not only for the first of a tick.
func TestFramesStopInTime(t *testing.T) {
	p := testPlan(t, hash.Layer34, 2)
	m := testMaps(t, p)
	program := m.transmitter(t, p)
	for range 20 { // some ends are within a tick
		until := clock(unix.CLOCK_BOOTTIME) + uint64(2*time.Millisecond)
		m.set(entryUntil, until)
		got := runProgram(t, program, udp(0))
		if clock(unix.CLOCK_BOOTTIME) < until && got != verdictRedirect {
			t.Errorf("before the end: verdict %d, want %d", got, verdictRedirect)
		}
		netlab.Await(t, "the end", func() bool { return clock(unix.CLOCK_BOOTTIME) >= until })
		if got := runProgram(t, program, udp(0)); got != verdictDrop {
			t.Errorf("after the end: verdict %d, want %d", got, verdictDrop)
		}
	}
}

// TestClockIsReadAgain for another time and in another tick.
func TestClockIsReadAgain(t *testing.T) {
	p := testPlan(t, hash.Layer34, 2)
	m := testMaps(t, p)
	program := m.transmitter(t, p)
	later := clock(unix.CLOCK_BOOTTIME) + uint64(time.Hour)
	past := clock(unix.CLOCK_BOOTTIME) - 1
	m.set(entryUntil, later)
	if got := runProgram(t, program, udp(0)); got != verdictRedirect {
		t.Fatalf("an hour before the end: verdict %d, want %d", got, verdictRedirect)
	}
	checked := m.get(entryChecked)
	tick := (checked ^ later) >> tickShift
	if checked != later^tick<<tickShift {
		t.Fatalf("checked %#x, want the time %#x mixed with a tick", checked, later)
	}
	m.set(entryUntil, past)
	if got := runProgram(t, program, udp(0)); got != verdictDrop {
		t.Errorf("with a time in the past: verdict %d, want %d", got, verdictDrop)
	}
	m.set(entryChecked, past^(tick-1)<<tickShift)
	if got := runProgram(t, program, udp(0)); got != verdictDrop {
		t.Errorf("checked in another tick: verdict %d, want %d", got, verdictDrop)
	}
	if m.get(entryChecked) != past^(tick-1)<<tickShift {
		t.Errorf("checked %#x after a frame that was dropped", m.get(entryChecked))
	}
}

// TestClockIsReadOnceATick: in the rest of the tick frames pass without it.
func TestClockIsReadOnceATick(t *testing.T) {
	p := testPlan(t, hash.Layer34, 2)
	m := testMaps(t, p)
	program := m.transmitter(t, p)
	later := clock(unix.CLOCK_BOOTTIME) + uint64(time.Hour)
	past := clock(unix.CLOCK_BOOTTIME) - 1
	netlab.Await(t, "two frames within a tick", func() bool {
		m.set(entryUntil, later)
		runProgram(t, program, udp(0))
		tick := (m.get(entryChecked) ^ later) >> tickShift
		m.set(entryUntil, past)
		m.set(entryChecked, past^tick<<tickShift) // as if the clock had been read before the end
		return runProgram(t, program, udp(0)) == verdictRedirect
	})
}
