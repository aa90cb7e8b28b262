package link

// Stats counts what happens to a link's frames outside the bond. All counters start at 0 when
// the link is opened.
type Stats struct {
	KernelDrops   uint64 // data frames the kernel dropped because they weren't read in time
	ControlDrops  uint64 // slow-protocols frames dropped for the same reason
	TaggedSlow    uint64 // slow-protocols frames ignored because they carry a VLAN id or several tags, or are for another host
	Truncated     uint64 // data frames dropped because the buffer was too short
	Unreadable    uint64 // data frames the kernel could not describe
	RingsRefused  uint64 // receive rings the kernel refused; frames are received without one then
	RingResets    uint64 // times the receive ring stood still and was set up again
	Segmented     uint64 // large frames that were cut in software because the interface refused them
	SendRefused   uint64 // frames the interface refused for good (too long, malformed)
	SendOverflows uint64 // frames it had no room for, or could not send while it was down
}

// Add adds the counters of another link.
func (s *Stats) Add(o Stats) {
	s.KernelDrops += o.KernelDrops
	s.ControlDrops += o.ControlDrops
	s.TaggedSlow += o.TaggedSlow
	s.Truncated += o.Truncated
	s.Unreadable += o.Unreadable
	s.RingsRefused += o.RingsRefused
	s.RingResets += o.RingResets
	s.Segmented += o.Segmented
	s.SendRefused += o.SendRefused
	s.SendOverflows += o.SendOverflows
}
