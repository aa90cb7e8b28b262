#!/usr/bin/env bash
# Runs a bond of four members under load for a long time. Each second a link goes down or falls
# silent, a member comes or goes, or a setting changes. Needs root.
#   soak.sh        5 minutes
#   soak.sh 30m
set -euo pipefail
cd "$(dirname "$0")/../../.."
length=${1:-5m}
SOAK=$length go test -count=1 -timeout 0 -run '^TestSoak$' -v ./internal/lab
BOND_CYCLES=1000 go test -count=1 -timeout 10m -run '^TestInterfaceCycles' -v ./bond
