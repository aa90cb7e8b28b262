#!/usr/bin/env bash
# Measures the CPU time and the memory of a process whose bonds have nothing to do.
#   idle.sh                4 members, SLOW
#   BONDS=64 MEMBERS=8 RATE=FAST idle.sh
#   PLANES="ebpf user" ...  both data planes in turns, ROUNDS times, and the ratio of their CPU times
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
idle() { in_a "$work/bench" -mode LACP -rate "$rate" -members "${near#;}" -state "$work/a" -idle "${seconds}s" "$@"; }
if [ -z "${PLANES:-}" ]; then
	idle "$@"
	exit
fi
read -r one other <<<"$PLANES"
for ((r = 0; r < rounds; r++)); do
	order="$one $other"
	((r % 2)) && order="$other $one"
	for plane in $order; do
		idle -plane "$plane" "$@" >"$work/out"
		echo "$plane: $(cat "$work/out")"
		sed -n 's/.* cpu \([0-9.]*\) .*/\1/p' "$work/out" >>"$work/cpu-$plane"
	done
	ratio "$(tail -n 1 "$work/cpu-$one")" "$(tail -n 1 "$work/cpu-$other")" >>"$work/ratios"
done
printf '%s against %s: median ratio %.3f of %d rounds\n' "$one" "$other" "$(median <"$work/ratios")" "$rounds"
