package config

import (
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

// The values of data_plane.
const (
	PlaneUser = "user" // this process carries the frames
	PlaneEBPF = "ebpf" // programs in the kernel do
	PlaneTeam = "team" // the kernel's team driver does
	PlaneAuto = "auto" // the first of ebpf, team and user that can
)

// planes are the values of data_plane.
var planes = []string{PlaneUser, PlaneEBPF, PlaneTeam, PlaneAuto}

// maxKernelPorts is the most ports of a bond whose frames programs in the kernel carry.
const maxKernelPorts = 64

// NotTeam returns the setting of a bond that the kernel's team driver can't carry out. The key is
// empty without one.
func (b *Bond) NotTeam() (key, value string) {
	hashes := b.Mode == bond.ModeLACP || b.Mode == bond.ModeLoadBalance
	switch {
	case b.LAG.NeedsPermission():
		return "lag", b.LAG.Name
	case b.Mode == bond.ModeSLB:
		return "protocol", b.Mode.String()
	case b.Mode == bond.ModeRoundRobin && b.More.PacketsPerMember > 1:
		return "packets_per_port", strconv.Itoa(b.More.PacketsPerMember)
	case hashes && !slices.Contains([]hash.Policy{hash.Layer2, hash.Layer23, hash.Layer34, hash.VLANSrcMAC}, b.Hash):
		return "xmit_hash_policy", b.Hash.String()
	case b.More.Balance != 0:
		return "balance_interval", b.More.Balance.String()
	case b.More.MACPolicy != 0:
		return "mac_policy", "ACTIVE"
	}
	return "", ""
}

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
