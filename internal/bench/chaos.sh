#!/usr/bin/env bash
# Plays an operator who does everything at once to a running lacpd, against Open vSwitch and a
# second lacpd. A judge checks that lacpd's status is true, that frames pass when it reports
# so, and that nothing is left. Needs root, iproute2, ethtool and openvswitch-switch.
#   chaos.sh                            2 minutes with each partner, random seeds
#   chaos.sh 30m                        30 minutes with each
#   SEED=7 PARTNER=ovs chaos.sh         the same again
#   SEEDS="1 2 3" chaos.sh              several
#   MEMBERS=4 chaos.sh 2m -v            further flags are those of internal/chaos
set -euo pipefail
cd "$(dirname "$0")/../.."
length=${1:-2m}
[ $# = 0 ] || shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/" ./examples/lacpd ./internal/chaos
failed=0
for seed in ${SEEDS:-${SEED:-$RANDOM}}; do
	for partner in ${PARTNER:-ovs lagkit}; do
		"$work/chaos" -lacpd "$work/lacpd" -seed "$seed" -partner "$partner" -members "${MEMBERS:-3}" -length "$length" "$@" || failed=1
	done
done
exit $failed
