package main

import (
	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane/ebpf"
)

// checkKernel reports whether programs in the kernel can carry frames here.
func checkKernel() error { return ebpf.Check() }

// removeKernel removes what a lacpd that was killed has left of a bond.
func removeKernel(bond string) error { return ebpf.Remove(ebpf.DefaultPins, bond) }

// useKernel makes programs in the kernel carry a bond's frames. ends is why they end with lacpd;
// nil if they go on.
func useKernel(cfg *bond.OpenConfig) (ends, err error) {
	opener, err := ebpf.NewOpener()
	if err != nil {
		return nil, err
	}
	pins := ebpf.DefaultPins
	if ends = ebpf.CheckPins(pins); ends != nil {
		pins = ""
	}
	cfg.Opener, cfg.Plane = opener, ebpf.New(ebpf.Config{Pins: pins})
	return ends, nil
}
