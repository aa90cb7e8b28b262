#!/usr/bin/env bash
# Measures all CPU time of a frame from a host to a cable and from the cable to the host,
# including the sender's: through a bond with its device, through the same system calls in C,
# and through a Linux bridge in their place, with the host on a virtual cable. The rate is RATE
# frames a second, at which none of them loses frames. Received frames are dropped.
. "$(dirname "$0")/lib.sh"
yardstick
rate=${RATE:-100000}

# once KIND DIRECTION SIZE: prints ns per frame
once() {
	local kind=$1 dir=$2 size=$3 device=bond0 spent
	build "$members"
	case $kind in
	ours) ours taskset -c 1 ;;
	c) start taskset -c 1 "$work/ref" "$dir" bond0 $list ;;
	*)
		device=h0
		bridge
		without_gso
		sleep 1.2 ;;
	esac
	drop in_a "$device"
	if [ "$dir" = tx ]; then
		in_a taskset -c 0 "$work/ref" gen "$device" "$size" "$seconds" "$rate" >"$work/gen"
	else
		in_b taskset -c 0 "$work/ref" gen f0 "$size" "$seconds" "$rate" >"$work/gen"
	fi
	spent=$(field cpu_ns "$work/gen")
	if [ "$dir" = tx ]; then got=$(received in_b f); else got=$(received in_a "$device"); fi
	[ $((got * 100)) -ge $(($(field frames "$work/gen") * 99)) ] || echo "frames were lost: $got of $(field frames "$work/gen")" >&2
	if [ "$kind" != bridge ]; then
		stop
		spent=$((spent + $(field cpu_ns "$work/out")))
	fi
	echo $((spent / $(field frames "$work/gen")))
}

for members in ${MEMBERS:-1 4}; do
	for dir in ${DIRECTIONS:-tx rx}; do
		for size in ${SIZES:-64 1500}; do
			for k in ours c bridge; do : >"$work/$k"; done
			for ((r = 0; r < rounds; r++)); do for k in bridge c ours; do once $k "$dir" "$size" >>"$work/$k"; done; done
			o=$(median <"$work/ours") c=$(median <"$work/c") br=$(median <"$work/bridge")
			printf '%s, %d members, %4d octets: ours %d ns, C %d ns, bridge %d ns; of the bridge: ours %.2f, C %.2f\n' \
				"$dir" "$members" "$size" "$o" "$c" "$br" "$(ratio "$o" "$br")" "$(ratio "$c" "$br")"
		done
	done
done
