#!/usr/bin/env bash
# CPU time of a frame through a bond with its device, against the same system calls in
# C: in turn, ROUNDS times, medians and their ratio. Root; namespaces of its own.
set -euo pipefail
rounds=${ROUNDS:-5} seconds=${SECONDS_MEASURED:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) a=lagfwd$$a b=lagfwd$$b
cleanup() { ip netns del "$a" 2>/dev/null || true; ip netns del "$b" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
(cd "$here" && CGO_ENABLED=0 go build -o "$work/bench" . && gcc -O2 -o "$work/ref" ref/ref.c)

build() { # members
	ip netns del "$a" 2>/dev/null || true; ip netns del "$b" 2>/dev/null || true
	ip netns add "$a"; ip netns add "$b"
	for ns in "$a" "$b"; do ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
	list=
	for ((k = 0; k < $1; k++)); do
		ip -n "$a" link add "m$k" type veth peer name "f$k" netns "$b"
		ip -n "$a" link set "m$k" up; ip -n "$b" link set "f$k" up
		# The far end throws away what it gets at once.
		ip netns exec "$b" tc qdisc add dev "f$k" clsact
		ip netns exec "$b" tc filter add dev "f$k" ingress bpf da bytecode '1,6 0 0 2'
		list+=" m$k"
	done
}

# once KIND DIRECTION SIZE: prints ns per frame
once() {
	local kind=$1 dir=$2 size=$3 pid
	if [ "$kind" = ours ]; then
		ip netns exec "$a" "$work/bench" -mode LOADBALANCE -members "$(echo $list | tr ' ' ,)" -state "$work/s" -offload >"$work/out" 2>&1 &
	else
		ip netns exec "$a" "$work/ref" "$dir" bond0 $list >"$work/out" 2>&1 &
	fi
	pid=$!
	until grep -q ready "$work/out"; do kill -0 $pid; sleep 0.05; done
	sleep 1.2 # the kernel may take a second to see the carrier
	if [ "$dir" = tx ]; then
		ip netns exec "$a" taskset -c 0 "$work/ref" gen bond0 "$size" "$seconds" 2>"$work/gen"
	else
		for ((k = 1; k < $(echo $list | wc -w); k++)); do
			ip netns exec "$b" taskset -c 0 "$work/ref" gen "f$k" "$size" "$seconds" 2>/dev/null &
			gens+=" $!"
		done
		ip netns exec "$b" taskset -c 0 "$work/ref" gen f0 "$size" "$seconds" 2>"$work/gen"
		for g in ${gens:-}; do wait "$g" || true; done; gens=
	fi
	kill -TERM $pid; wait $pid || true
	sed -n 's/.*ns_per_frame \([0-9]*\).*/\1/p' "$work/out"
}

median() { sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
for members in ${MEMBERS:-1 4}; do
	build "$members"
	for dir in tx rx; do
		for size in ${SIZES:-64 1500}; do
			: >"$work/ours"; : >"$work/c"
			for ((r = 0; r < rounds; r++)); do once c "$dir" "$size" >>"$work/c"; once ours "$dir" "$size" >>"$work/ours"; done
			c=$(median <"$work/c") o=$(median <"$work/ours")
			printf '%s, %d members, %4d octets: ours %5d ns, C %5d ns, ratio %.2f\n' "$dir" "$members" "$size" "$o" "$c" "$(echo "$o/$c" | bc -l)"
		done
	done
done
