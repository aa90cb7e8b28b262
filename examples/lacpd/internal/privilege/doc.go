// Package privilege takes from the process what lacpd does not need once it runs, so that
// a fault in it can't be used against the rest of the host.
//
// [Drop] leaves the process, in all its threads:
//
//   - CAP_NET_ADMIN and CAP_NET_RAW, and CAP_BPF for data planes in the kernel. The other
//     capabilities leave every set; the bounding set only with CAP_SETPCAP at the start.
//   - NoNewPrivs: no program that it could start gets more.
//   - the files of [Limits], by Landlock (Linux 5.19 and later), and no execution of any file.
//   - the system calls that lacpd needs, by a seccomp filter.
//
// The filter denies calls by name with EPERM and allows the rest. The reverse would break
// lacpd with each release of the Go runtime or the C library that makes a new call, on a
// box that loses its network then. What matters is denied twice in any case: capabilities,
// Landlock and the network namespace decide about most of these calls too.
//
// What was given up is gone until the process starts again.
// [CheckOwner] refuses files that an untrusted user could have written.
package privilege
