//go:build !noetcd

package config

// noEtcd is why there is no driver of etcd; empty: there is one.
const noEtcd = ""
