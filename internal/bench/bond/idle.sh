#!/usr/bin/env bash
# Measures the CPU time and the memory of a process whose bonds have nothing to do.
#   idle.sh                4 members, SLOW
#   BONDS=64 MEMBERS=8 RATE=FAST idle.sh
. "$(dirname "$0")/lib.sh"
bonds=${BONDS:-1} members=${MEMBERS:-4} rate=${RATE:-SLOW} seconds=${SECONDS_MEASURED:-20}
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
running=$!
in_a "$work/bench" -mode LACP -rate "$rate" -members "${near#;}" -state "$work/a" -idle "${seconds}s" "$@"
