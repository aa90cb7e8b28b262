// Package lab tests lacpd against widely used implementations of LACP, over cables that the
// test controls.
//
// Open vSwitch and DPDK's bonding driver run in network namespaces, connected by virtual
// Ethernet. Linux's bonding and team drivers run in a guest under emulation, whose interfaces
// are datagram sockets. In TestInterop the test itself is the cable between any two of them.
// It pulls and swaps cables, drops frames, changes what an end reports about itself, and
// measures both ends by the frames it sees, in the same way for all. interop.sh writes
// INTEROP.md and testdata/captures from the results.
//
// Another guest runs lacpd itself, in turn with the kernel's bonding driver, on adapters that
// drop frames they were not configured to receive. adapters.sh writes ADAPTERS.md from the
// results. TestHostScript runs a script in such a guest, whose kernel has VLANs and netem. A third
// one runs the tests of bond/plane/ebpf, for a kernel without TCX.
//
// testdata/bonding-choices.csv records the member that the kernel's bonding driver chooses for
// each frame of package hash's generator. Package hash has to choose the same.
//
// By default a quick part of the tests runs, less than a minute on any machine: those that
// break first. All run with LAGKIT_LAB=1 in the environment, as in .ci/run, and tests that
// -run names run in any case. A skipped test reports what is missing. Time limits are extended
// by how late the machine lets the test itself run meanwhile.
//
// The tests need Linux and root, and each its peer; a skipped test reports what it needs.
// .ci/run installs everything but DPDK (packages dpdk-dev, libdpdk-dev); fetch-kernel.sh gets
// the guest's kernel.
package lab
