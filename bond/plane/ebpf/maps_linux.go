package ebpf

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// maps are what the programs of a bond share with this process.
type maps struct {
	state   *ebpf.Map // see layout_linux.go
	buckets *ebpf.Map // bucketCounters by bucket, for each CPU
	members *ebpf.Map // memberCounters by slot, for each CPU

	memory []byte   // of state
	words  []uint64 // the same
}

// bucketCounters are one CPU's counters of a bucket.
type bucketCounters struct {
	Octets uint64
}

// memberCounters are one CPU's counters of a member.
type memberCounters struct {
	TxFrames, TxOctets uint64
	RxFrames, RxOctets uint64
	RxNotCollecting    uint64
}

// Offsets in the counters.
const (
	bucketOctets = 0

	memberTx            = 0 // frames, then octets
	memberRx            = 16
	memberNotCollecting = 32
)

// The maps as they are made, and as pinned maps must be to be adopted.
var (
	stateSpec = &ebpf.MapSpec{Name: "lagkit_state", Type: ebpf.Array, KeySize: 4, ValueSize: stateLen * entryOctets,
		MaxEntries: 1, Flags: unix.BPF_F_MMAPABLE}
	bucketsSpec = &ebpf.MapSpec{Name: "lagkit_buckets", Type: ebpf.PerCPUArray, KeySize: 4,
		ValueSize: uint32(unsafe.Sizeof(bucketCounters{})), MaxEntries: maxBuckets}
	membersSpec = &ebpf.MapSpec{Name: "lagkit_members", Type: ebpf.PerCPUArray, KeySize: 4,
		ValueSize: uint32(unsafe.Sizeof(memberCounters{})), MaxEntries: maxMembers}
)

// newMaps makes maps with a plan that carries nothing.
func newMaps() (*maps, error) {
	allowMemory()
	m := new(maps)
	var err error
	for _, part := range m.parts() {
		if *part.place, err = ebpf.NewMap(part.spec); err != nil {
			return nil, errors.Join(fmt.Errorf("make map %s: %w", part.spec.Name, err), m.close())
		}
	}
	if err := m.open(); err != nil {
		return nil, errors.Join(err, m.close())
	}
	*m.layout() = layoutVersion
	return m, nil
}

// part is one of the maps.
type part struct {
	place **ebpf.Map
	spec  *ebpf.MapSpec
	file  string // in the directory of pins
}

func (m *maps) parts() []part {
	return []part{{&m.state, stateSpec, "state"}, {&m.buckets, bucketsSpec, "buckets"}, {&m.members, membersSpec, "members"}}
}

// open maps the state into memory.
func (m *maps) open() (err error) {
	size := (stateLen*entryOctets + unix.Getpagesize() - 1) &^ (unix.Getpagesize() - 1)
	m.memory, err = unix.Mmap(m.state.FD(), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map the state into memory: %w", err)
	}
	m.words = unsafe.Slice((*uint64)(unsafe.Pointer(&m.memory[0])), stateLen)
	return nil
}

func (m *maps) close() error {
	var errs []error
	if m.memory != nil {
		errs = append(errs, unix.Munmap(m.memory))
		m.memory, m.words = nil, nil
	}
	for _, part := range m.parts() {
		errs = append(errs, (*part.place).Close()) // a nil map closes too
	}
	return errors.Join(errs...)
}

// control is the control word, and layout the version after it.
func (m *maps) control() *uint32 { return (*uint32)(unsafe.Pointer(&m.words[entryControl])) }
func (m *maps) layout() *uint32  { return (*uint32)(unsafe.Pointer(&m.memory[4])) }

// swap makes a plan the one in use. Every program that starts later follows it; one that runs
// meanwhile starts again. Flows that have not moved to the plan before move now.
func (m *maps) swap(img *image) {
	next := atomic.LoadUint32(m.control()) + 1
	m.set(entryHalves+int(^next&1)*halfLen+halfMoves, 0) // the plan before that one is overwritten
	copy(m.words[entryHalves+int(next&1)*halfLen:][:halfLen], img[:])
	atomic.StoreUint32(m.control(), next)
}

// inUse returns the plan in use.
func (m *maps) inUse() (img image) {
	half := int(atomic.LoadUint32(m.control()) & 1)
	copy(img[:], m.words[entryHalves+half*halfLen:])
	return img
}

func (m *maps) get(entry int) uint64        { return atomic.LoadUint64(&m.words[entry]) }
func (m *maps) set(entry int, value uint64) { atomic.StoreUint64(&m.words[entry], value) }

// member returns the counters of the member in a slot.
func (m *maps) member(slot int) (sum memberCounters, err error) {
	var all []memberCounters
	if err := m.members.Lookup(uint32(slot), &all); err != nil {
		return sum, fmt.Errorf("read counters of slot %d: %w", slot, err)
	}
	for _, c := range all {
		sum.TxFrames += c.TxFrames
		sum.TxOctets += c.TxOctets
		sum.RxFrames += c.RxFrames
		sum.RxOctets += c.RxOctets
		sum.RxNotCollecting += c.RxNotCollecting
	}
	return sum, nil
}

// clearMember sets the counters of a slot to zero.
func (m *maps) clearMember(slot int) error {
	cpus, err := ebpf.PossibleCPU()
	if err == nil {
		err = m.members.Put(uint32(slot), make([]memberCounters, cpus))
	}
	if err != nil {
		return fmt.Errorf("clear counters of slot %d: %w", slot, err)
	}
	return nil
}
