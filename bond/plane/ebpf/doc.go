// Package ebpf is a data plane in the Linux kernel.
package ebpf
