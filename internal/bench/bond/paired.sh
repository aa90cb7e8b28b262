#!/usr/bin/env bash
# Compares the CPU time of a frame through a bond with its device to the same bond at an
# earlier commit. They take turns until the ends of the 95 % interval of the median ratio are
# within 0.015 (WITHIN) of the median, at most ROUNDS times (60). Fails if the upper end of an
# interval is above LIMIT (1.03). Needs root and two processors, as forward.sh does.
#   paired.sh 785c6e9
set -euo pipefail
base=${1:?the commit to compare with}
export ROUNDS=${ROUNDS:-60} SECONDS_MEASURED=${SECONDS_MEASURED:-2}
limit=${LIMIT:-1.03} within=${WITHIN:-0.015}
. "$(dirname "$0")/lib.sh"
. "$here/../interval.sh"
yardstick
mkdir "$work/tree"
git -C "$here/../../.." archive "$base" | tar -x -C "$work/tree"
old=$work/tree/internal/bench/bond
[ -d "$old" ] || old=$work/tree/bond/bench # its place in older commits
(cd "$old" && CGO_ENABLED=0 go build -o "$work/bench-base" .)
mv "$work/bench" "$work/bench-now"

# once KIND DIRECTION SIZE prints the ns per frame of the program of this kind
once() {
	ln -sf "bench-$1" "$work/bench"
	ours taskset -c 1
	through "$2" "$3"
	stop
	field ns_per_frame "$work/out"
}

failed=
for members in ${MEMBERS:-1 4}; do
	build "$members"
	for dir in ${DIRECTIONS:-tx rx}; do
		for size in ${SIZES:-64 1500}; do
			: >"$work/ratios"; : >"$work/now"; : >"$work/before"
			for ((r = 0; r < rounds; r++)); do
				if ((r % 2)); then now=$(once now "$dir" "$size") before=$(once base "$dir" "$size")
				else before=$(once base "$dir" "$size") now=$(once now "$dir" "$size"); fi
				echo "$now" >>"$work/now"; echo "$before" >>"$work/before"; ratio "$now" "$before" >>"$work/ratios"
				read -r count median low high <<<"$(interval "$work/ratios")"
				awk "BEGIN {exit !($high - $median <= $within && $median - $low <= $within)}" && break
			done
			printf '%s, %d members, %4d octets: %5d ns, then %5d ns, ratio %.3f, 95 %% interval %.3f to %.3f, %d rounds\n' \
				"$dir" "$members" "$size" "$(median <"$work/now")" "$(median <"$work/before")" "$median" "$low" "$high" "$count"
			awk "BEGIN {exit !($high > $limit)}" && failed+=" $dir/$members/$size"
		done
	done
done
[ -z "$failed" ] || { echo "above $limit:$failed" >&2; exit 1; }
