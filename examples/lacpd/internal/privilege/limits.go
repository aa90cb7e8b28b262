package privilege

import (
	"errors"
	"log/slog"
	"strings"
)

// Limits is what the process keeps. The zero value keeps the capabilities of the network and
// no file.
type Limits struct {
	BPF   bool     // programs in the kernel: CAP_BPF, the system call bpf, files in the BPF file system
	Files []string // directories where it makes, changes and removes files; one that does not exist is ignored
	Read  []string // files and directories that it reads; one that does not exist is ignored
	NoRaw bool     // not CAP_NET_RAW
	Open  bool     // no Landlock and no seccomp
}

// Report describes the limits after [Drop].
type Report struct {
	Capabilities []string // in the permitted and the effective set
	Bounded      bool     // the bounding set has no others
	Landlock     int      // version of the kernel's interface, 0: not used
	Seccomp      bool

	// Missing holds why some of the limits do not hold: the kernel lacks them, or
	// Limits.Open.
	Missing []error
}

var errOpen = errors.New("turned off by -no-sandbox")

// LogValue returns the report as attributes.
func (r Report) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("capabilities", strings.Join(r.Capabilities, " ")),
		slog.Bool("bounding_set", r.Bounded),
		slog.Int("landlock", r.Landlock),
		slog.Bool("seccomp", r.Seccomp),
	)
}
