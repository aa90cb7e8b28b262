module github.com/lagkit/lagkit/bond/chassis/etcd

go 1.26.0

require (
	github.com/lagkit/lagkit v0.0.0
	go.etcd.io/etcd/api/v3 v3.7.3
	go.etcd.io/etcd/client/v3 v3.7.3
	go.uber.org/zap v1.27.0
	google.golang.org/grpc v1.75.0
)

replace github.com/lagkit/lagkit => ../../..
