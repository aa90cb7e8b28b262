// Package nftables lists the chains of nftables that take frames of interfaces before, or after, the
// host's IP stack.
package nftables
