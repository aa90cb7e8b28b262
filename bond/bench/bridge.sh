#!/usr/bin/env bash
# CPU time of a frame from the host to a cable and from the cables to the host, all that
# is spent on it, sender included: through a bond with its device, and through a Linux
# bridge with one port in its place. At RATE frames a second, which neither loses.
. "$(dirname "$0")/lib.sh"
rate=${RATE:-100000}

# once KIND DIRECTION SIZE: prints ns per frame
once() {
	local kind=$1 dir=$2 size=$3 device=bond0 spent
	build "$members"
	if [ "$kind" = ours ]; then
		ours
	else
		device=br0
		ip -n "$a" link add br0 type bridge
		ip -n "$a" link set m0 master br0
		ip -n "$a" link set br0 up promisc on
		sleep 1.2
	fi
	drop in_a "$device"
	if [ "$dir" = tx ]; then
		in_a taskset -c 0 "$work/ref" gen "$device" "$size" "$seconds" "$rate" >"$work/gen"
	else
		in_b taskset -c 0 "$work/ref" gen f0 "$size" "$seconds" "$rate" >"$work/gen"
	fi
	spent=$(field cpu_ns "$work/gen")
	if [ "$kind" = ours ]; then
		stop
		spent=$((spent + $(field cpu_ns "$work/out")))
		[ $(($(field frames "$work/out") * 100)) -ge $(($(field frames "$work/gen") * 99)) ] || echo "frames were lost" >&2
	fi
	echo $((spent / $(field frames "$work/gen")))
}

for members in ${MEMBERS:-1 4}; do
	for dir in ${DIRECTIONS:-tx rx}; do
		for size in ${SIZES:-64 1500}; do
			: >"$work/ours"; : >"$work/bridge"
			for ((r = 0; r < rounds; r++)); do once bridge "$dir" "$size" >>"$work/bridge"; once ours "$dir" "$size" >>"$work/ours"; done
			c=$(median <"$work/bridge") o=$(median <"$work/ours")
			printf '%s, %d members, %4d octets: ours %5d ns, bridge %5d ns, ratio %.2f\n' "$dir" "$members" "$size" "$o" "$c" "$(ratio "$o" "$c")"
		done
	done
done
