// Package chassistest tests chassis: a [Memory] is a store in memory, and [Run] simulates a group
// of chassis with faults in virtual time.
package chassistest
