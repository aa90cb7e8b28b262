//go:build noetcd

package config

// noEtcd is why there is no driver of etcd.
const noEtcd = "this lacpd was built without the driver of etcd (build tag noetcd); external: true works"
