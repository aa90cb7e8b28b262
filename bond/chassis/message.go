package chassis

// Message is what a chassis sends to another one: a heartbeat, or the answer to one.
type Message struct {
	From, To ID
	Boot     uint64 // of the sender
	Seq      uint64 // of heartbeats, from 1
	Epoch    uint64 // the newest that the sender knows
	Members  uint64 // the digest of the group as the sender knows it
	Score    int    // of the sender; one below MinScore can't carry the LAG

	// Asks makes a heartbeat of the active chassis ask for a grant.
	Asks bool

	// GrantBoot and GrantSeq are the Boot and Seq of the heartbeat that is granted; 0: none.
	GrantBoot, GrantSeq uint64
}
