module github.com/lagkit/lagkit/examples/lacpd/compat/schema

go 1.26.0

require (
	github.com/lagkit/lagkit/examples/lacpd v0.0.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
)

require (
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/lagkit/lagkit v0.0.0 // indirect
	github.com/mdlayher/ethernet v0.0.0-20220221185849-529eae5b6118 // indirect
	github.com/mdlayher/netlink v1.11.2 // indirect
	github.com/mdlayher/socket v0.7.0 // indirect
	golang.org/x/net v0.61.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace (
	github.com/lagkit/lagkit => ../../../..
	github.com/lagkit/lagkit/bond/chassis/etcd => ../../../../bond/chassis/etcd
	github.com/lagkit/lagkit/examples/lacpd => ../..
)
