package ebpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// license is this module's. The programs use no helper that demands another.
const license = "Apache-2.0"

// load loads a program. If the verifier refuses it, the error contains its last lines.
func load(name string, c code) (*ebpf.Program, error) {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: name, Type: ebpf.SchedCLS, AttachType: ebpf.AttachTCXIngress, Instructions: c, License: license,
	})
	var refused *ebpf.VerifierError
	if errors.As(err, &refused) {
		return nil, fmt.Errorf("load program %s: %-12v", name, refused)
	}
	if err != nil {
		return nil, fmt.Errorf("load program %s: %w", name, err)
	}
	return p, nil
}
