package netlab

import "time"

// Patience is how long a test waits for something that is no promise about time. A busy machine
// may take long: the kernel's work for one interface then waits for that for many others.
const Patience = 2 * time.Minute
