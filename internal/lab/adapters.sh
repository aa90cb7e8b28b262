#!/bin/sh
# Compares lacpd with the kernel's bonding driver on each adapter that the lab's guest
# can have, and writes ADAPTERS.md. Needs root, what .ci/run installs, and busybox-static
# and ethtool. Takes 10 minutes on two cores.
set -eu
cd "$(dirname "$0")"
./fetch-kernel.sh
exec go test . -count=1 -timeout 60m -parallel 2 -v \
	-run '^TestAdaptersNeverWorseThanKernelBondingBOX01$' -adapters "$PWD/ADAPTERS.md" "$@"
