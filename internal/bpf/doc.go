// Package bpf has the classic BPF programs that tell slow-protocols frames from data on
// packet sockets and at an interface's ingress hook.
package bpf
