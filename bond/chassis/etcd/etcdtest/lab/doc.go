// Package lab tests two boxes and more that show a switch one LAG, with real parts: boxes that are
// processes in network namespaces, Open vSwitch as their partner, and an etcd of three members.
//
//	        switch: Open vSwitch, one LACP bond of all cables
//	            ╱    ╲                    ╱    ╲
//	          a0      a1                b0      b1
//	box A: bond, chassis,    box B: bond, chassis,    witness:
//	member of etcd           member of etcd           member of etcd
//	     │     └────── heartbeats ──────┘     │             │
//	     └─────────────── network of etcd ────┴─────────────┘
//
// The switch sends numbered requests in 32 flows, and each box answers with its letter. A test does
// something to the boxes, their networks or etcd meanwhile, and judges what was lost, for how long a
// flow was silent, and whether two boxes could pass frames at the same time. Each box reports when
// its permission changes, by a clock that all processes share.
//
// By default the cheapest test runs, some ten seconds. All of them run with LAGKIT_LAB=1 in the
// environment, some seven minutes, and tests that -run names run in any case. TestFigures, which -run
// has to name, prints a table of the times after each kind of failure, next to those of an election
// with etcd's client alone: figures.sh runs it.
//
// The members of etcd are this program itself, which contains etcd. LAGKIT_ETCD names another
// program to test with, such as that of Debian's package etcd-server. The tests need Linux, root,
// Open vSwitch and iproute2; a skipped test reports what it needs. Time limits are extended by how
// late the machine lets the test itself run meanwhile.
package lab
