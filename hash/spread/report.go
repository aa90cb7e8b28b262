package spread

// A MemberLoad is what a member carries.
type MemberLoad struct {
	ID     uint16
	Weight uint32
	Load
	Share float64 // of all octets, 0 to 1
	Due   float64 // share by weight, 0 to 1
}

// A BucketLoad is what a bucket carries.
type BucketLoad struct {
	Bucket, Member uint16
	Load
	Hashes int // number of different hashes
}

// A Loss describes what the loss of a member would do.
type Loss struct {
	Member uint16
	Own    Load    // of the member; it must move
	Others Load    // of other members; it would move although they are up
	After  float64 // max/mean after the loss; 0 if no member is left
}

// A Report describes how a Distributor spreads frames.
type Report struct {
	Total   Load
	Hashes  int // number of different hashes: the flows, or slightly fewer
	Members []MemberLoad
	// MaxMean is the load of the busiest member divided by the mean of all, both in
	// octets and relative to weight. 1 means even load; the number of members means
	// that one of equal members carries everything. It is 0 without frames.
	MaxMean float64
	// Buckets are up to ten buckets with the highest loads, the highest first.
	Buckets []BucketLoad
	// Losses are in the order of Members. It is nil for more than 64 members.
	Losses []Loss
}

const (
	reportBuckets = 10
	reportLosses  = 64
)

// Report returns how d currently spreads frames. Only control may call it.
func (d *Distributor) Report(frames [][]byte) *Report {
	t := NewTally(d.hasher)
	for _, f := range frames {
		t.Add(f, len(f))
	}
	return d.ReportTally(t)
}

// ReportTally is Report for frames that t has counted.
func (d *Distributor) ReportTally(t *Tally) *Report {
	s := d.Snapshot()
	r := &Report{
		Total:   t.Total(),
		Hashes:  t.Hashes(),
		Members: t.Members(s),
		Buckets: t.Buckets(s, reportBuckets),
	}
	r.MaxMean = maxMean(r.Members)
	if len(r.Members) <= reportLosses {
		for _, m := range r.Members {
			r.Losses = append(r.Losses, d.loss(t, m.ID))
		}
	}
	return r
}

// loss returns what the loss of a member would do.
func (d *Distributor) loss(t *Tally, id uint16) Loss {
	after := d.Without(id)
	l := Loss{Member: id, After: maxMean(t.Members(after))}
	l.Own, l.Others = t.Moves(d.Snapshot(), after, id)
	return l
}

// Without returns the Snapshot that d would have if a member went down now. It changes
// nothing. Only control may call it.
func (d *Distributor) Without(id uint16) *Snapshot {
	trial := &Distributor{hasher: d.hasher, cfg: d.cfg, members: d.members}
	trial.home, trial.want, trial.live = clone(d.home), clone(d.want), clone(d.live)
	members := append([]Member(nil), d.members...)
	for i := range members {
		if members[i].ID == id {
			members[i].Up = false
		}
	}
	// Update cannot fail, because it accepted the members before.
	_, _ = trial.Update(members)
	return trial.Snapshot()
}

func clone(table []int32) []int32 { return append([]int32(nil), table...) }
