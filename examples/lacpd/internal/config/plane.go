package config

import (
	"strconv"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

// The values of data_plane.
const (
	PlaneUser = "user" // this process carries the frames
	PlaneEBPF = "ebpf" // programs in the kernel do
	PlaneAuto = "auto" // programs in the kernel if they can, else this process
)

// maxKernelPorts is the most ports of a bond whose frames programs in the kernel carry.
const maxKernelPorts = 64

// OnlyUser returns the setting of a bond that only lacpd itself can carry out, not programs in the
// kernel. The key is empty without one.
func (b *Bond) OnlyUser() (key, value string) {
	switch {
	case b.Mode == bond.ModeSLB:
		return "protocol", b.Mode.String()
	case len(b.Ports) > maxKernelPorts:
		return "ports", strconv.Itoa(len(b.Ports)) + " interfaces"
	case b.Mode != bond.ModeLACP && b.Mode != bond.ModeLoadBalance: // no hash
	case b.Hash == hash.Encap23 || b.Hash == hash.Encap34:
		return "xmit_hash_policy", b.Hash.String()
	case b.Hash != hash.Flow:
	case b.More.HashOptions.Symmetric:
		return "hash_symmetric", "true"
	case b.More.HashOptions.Inner:
		return "hash_inner", "true"
	case b.More.HashOptions.Hardened:
		return "hash_hardened", "true"
	}
	return "", ""
}
