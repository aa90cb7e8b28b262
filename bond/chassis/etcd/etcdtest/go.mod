module github.com/lagkit/lagkit/bond/chassis/etcd/etcdtest

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/lagkit/lagkit v0.0.0
	github.com/lagkit/lagkit/bond/chassis/etcd v0.0.0
	go.etcd.io/etcd/client/v3 v3.7.3
	go.etcd.io/etcd/server/v3 v3.7.3
	golang.org/x/sys v0.49.0
)

replace (
	github.com/lagkit/lagkit => ../../../..
	github.com/lagkit/lagkit/bond/chassis/etcd => ..
)
