#!/bin/sh
# Puts lacpd and each peer, and each peer and another of its kind, through all cases,
# and writes INTEROP.md and testdata/captures. Needs root, what .ci/run installs,
# and for DPDK dpdk-dev, libdpdk-dev and gcc. Takes 12 minutes on two cores.
set -eu
cd "$(dirname "$0")"
./fetch-kernel.sh
exec go test . -count=1 -timeout 60m -parallel 12 -v -run '^TestInterop$' \
	-interop "$PWD/INTEROP.md" -captures "$PWD/testdata/captures" "$@"
