// Package netlab makes network namespaces with virtual cables between them, for tests that
// need real interfaces. It needs Linux and root; elsewhere it skips a test that asks for a
// namespace.
package netlab
