package chassis

// Ends reports when the processes of other chassis end.
type Ends interface {
	// Run calls ended when the process of another chassis has ended, with the Boot of that process,
	// or 0 if it is unknown. A path that is lost is no end. boot is the Boot of this chassis. Run
	// returns after Close.
	Run(boot uint64, ended func(id ID, boot uint64))

	// Close ends Run. The others take that as the end of this process.
	Close() error
}
