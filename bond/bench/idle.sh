#!/usr/bin/env bash
# What a bond costs that has nothing to do. Root; two namespaces of its own.
#   idle.sh                4 members, SLOW
#   BONDS=64 MEMBERS=8 RATE=FAST idle.sh
set -euo pipefail
bonds=${BONDS:-1} members=${MEMBERS:-4} rate=${RATE:-SLOW} seconds=${SECONDS_MEASURED:-20}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) a=lagidle$$a b=lagidle$$b
trap 'kill ${peer:-} 2>/dev/null || true; wait 2>/dev/null || true; ip netns del $a 2>/dev/null || true; ip netns del $b 2>/dev/null || true; rm -rf "$work"' EXIT
(cd "$here" && CGO_ENABLED=0 go build -o "$work/bench" .)
ip netns add "$a"; ip netns add "$b"
near= far=
for ((i = 0; i < bonds; i++)); do
	n= f=
	for ((k = 0; k < members; k++)); do
		ip -n "$a" link add "p${i}x$k" type veth peer name "q${i}x$k" netns "$b"
		ip -n "$a" link set "p${i}x$k" up; ip -n "$b" link set "q${i}x$k" up
		n+=,p${i}x$k f+=,q${i}x$k
	done
	near+=";${n#,}" far+=";${f#,}"
done
ip netns exec "$b" "$work/bench" -mode LACP -rate "$rate" -members "${far#;}" -state "$work/b" >"$work/peer.log" 2>&1 &
peer=$!
ip netns exec "$a" "$work/bench" -mode LACP -rate "$rate" -members "${near#;}" -state "$work/a" -idle "${seconds}s"
