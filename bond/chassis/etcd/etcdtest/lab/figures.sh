#!/usr/bin/env bash
# Prints the table of TestFigures: the times after each kind of failure, with chassis and with
# elections of etcd alone. It takes about 50 minutes, as root, on a machine with nothing else to do;
# with LAGKIT_LEASE_ROUNDS=3 about 30.
#   figures.sh [ROUNDS]            with the etcd that the test program contains
#   LAGKIT_ETCD=etcd figures.sh    with another one, such as that of Debian's package etcd-server
set -euo pipefail
cd "$(dirname "$0")"
LAGKIT_ROUNDS=${1:-9} go test -count=1 -timeout 3h -run '^TestFigures$' -v . -figures "${FIGURES:-/dev/stderr}" >"${LOG:-/dev/null}"
