package chassis

// rule is a rule that keeps two chassis from carrying data at the same time. Tests switch each
// off, to show that they would find its absence.
type rule uint16

// The rules. A takeover is safe because each permission ends before the claim can take effect,
// whatever is lost, late or repeated, and whoever stops and starts.
const (
	// ruleSent: a permission counts from when its request was sent, not from the answer.
	ruleSent rule = 1 << iota
	// ruleIntent: a view with the intent of another chassis permits nothing.
	ruleIntent
	// ruleWait: a claim is sent once the fence time has passed since the intent was seen.
	ruleWait
	// ruleDrift: the fence time allows for a slow clock here and a fast one there.
	ruleDrift
	// ruleGrants: grants permit only if all other chassis have given one.
	ruleGrants
	// ruleOwnIntent: a chassis with an intent in the store grants nothing, because its claim may
	// be on its way, even that of an earlier life.
	ruleOwnIntent
	// ruleRequest: a grant counts for the request that it answers, of this life and this epoch.
	ruleRequest
	// ruleResigned: after a release was sent its epoch is never used again, because the release
	// may take effect late.
	ruleResigned
	// ruleLife: an epoch that another life has claimed is not used. A release of an earlier life may
	// take effect late, and another box may have the same name. The chassis takes over from itself.
	ruleLife
	// ruleMembers: only the chassis that the active one takes into account, and that count on the
	// same times, may take over, and grant.
	ruleMembers
	// ruleProof: the end of a process proves that its data path has ended in the epoch that it held
	// the LAG in, not in the epoch of its next life.
	ruleProof
)
