// Package etcdtest tests package etcd against real members: etcd's own server, which is built into the
// test, and the program etcd of a distribution if it is in PATH. It is a module of its own, so that
// programs that import package etcd do not get the server into their go.mod, with 60 modules that it
// needs, and versions of those that they share with it.
//
// The members are processes on addresses of the loopback interface, so that a test can kill and stop
// them. With LAGKIT_LAB=1 the longer tests run too, such as 200 chassis with 1,000 LAGs.
package etcdtest
