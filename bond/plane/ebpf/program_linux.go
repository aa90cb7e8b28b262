package ebpf

import (
	"fmt"

	"github.com/cilium/ebpf"
)

// license is this module's. The programs use no helper that demands another.
const license = "Apache-2.0"

// load loads a program. If the verifier refuses it, the error is an [*ebpf.VerifierError] with
// the verifier's words.
func load(name string, c code) (*ebpf.Program, error) {
	allowMemory()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: name, Type: ebpf.SchedCLS, Instructions: c, License: license})
	if err != nil {
		return nil, fmt.Errorf("load program %s: %w", name, err)
	}
	return p, nil
}

// closeLoaded ends this process's use of a program. A hook keeps the program.
func closeLoaded(p *ebpf.Program) { _ = p.Close() } // nothing is lost
