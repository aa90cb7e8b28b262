// Package lab tests lacpd against the implementations of LACP that people run, over
// cables that are the test's own.
//
// Open vSwitch and DPDK's bonding driver run in network namespaces, behind virtual
// Ethernet; Linux's bonding and team drivers in a guest under emulation, whose
// interfaces are datagram sockets. In TestInterop the test itself is the cable
// between any two of them: it pulls it, swaps it, loses frames, changes what an end
// says, and measures both ends by what it sees there, the same way for all.
// interop.sh writes INTEROP.md and testdata/captures from that.
//
// Another guest runs lacpd itself, on adapters that drop what they were not told to
// take, in turn with the kernel's bonding driver. adapters.sh writes ADAPTERS.md from
// that. TestHostScript runs a script in such a guest, whose kernel has VLANs and netem.
//
// testdata/bonding-choices.csv is which member the kernel's bonding driver takes for
// frames of package hash's generator; package hash is held to it.
//
// By default a quick part of the tests runs: what breaks first, on any machine, in less
// than a minute. All run with LAGKIT_LAB=1 in the environment, as in .ci/run, and those
// that -run asks for by name run in any case; what is left out is named where a test is
// skipped. Limits of time are judged against how late the machine lets the test itself
// run meanwhile.
//
// The tests need Linux and root, and each its peer: what is missing is named where a
// test is skipped. .ci/run installs all but DPDK (packages dpdk-dev, libdpdk-dev);
// fetch-kernel.sh gets the guest's kernel.
package lab
