// Package netlab makes network namespaces with virtual cables between them, for
// tests that need real interfaces. It works on Linux as root; elsewhere a test
// that asks for a namespace is skipped.
package netlab
