// Package bpf provides the classic BPF programs that separate slow-protocols frames from data
// on packet sockets and at an interface's ingress hook.
package bpf
