package main

import (
	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane/ebpf"
)

// checkKernel reports whether programs in the kernel can carry frames here.
func checkKernel() error { return ebpf.Check() }

// useKernel makes programs in the kernel carry a bond's frames.
func useKernel(cfg *bond.OpenConfig) error {
	opener, err := ebpf.NewOpener()
	if err != nil {
		return err
	}
	cfg.Opener, cfg.Plane = opener, ebpf.New(ebpf.Config{Pins: ebpf.DefaultPins})
	return nil
}
