#!/usr/bin/env bash
# Programs of other people read what lacpd prints for them: telegraf, node_exporter, the
# structs of OpenConfig, a validator of JSON Schema. Each has a module of its own that go.work
# does not name: in the workspace their dependencies would choose the versions that everything
# else is tested with, and go test work would build them, which takes minutes without a cache.
#   compat.sh [NAME...]   only those, such as telegraf
set -euo pipefail
cd "$(dirname "$0")/../examples/lacpd/compat"
export GOWORK=off GOFLAGS=-mod=readonly
[ $# -gt 0 ] || set -- */
for name; do
	name=${name%/}
	(
		cd "$name"
		go mod verify >/dev/null
		go mod tidy -diff
		go vet ./...
		go test -count=1 ./...
	)
done
