#!/usr/bin/env bash
# Measures how many frames a second pass from the device to the members: through our bond,
# through a bond of Open vSwitch with the userspace datapath in its place, and through the same
# system calls as ours in C. They take turns, ROUNDS times. The sender runs on one processor,
# the measured program on the other. Needs openvswitch-switch.
. "$(dirname "$0")/lib.sh"
yardstick
run=$work/switch

ovs() {
	rm -rf "$run"; mkdir "$run"
	ovsdb-tool create "$run/db" /usr/share/openvswitch/vswitch.ovsschema
	ip netns exec "$a" ovsdb-server "$run/db" --remote="punix:$run/db.sock" --unixctl="$run/db.ctl" --log-file="$run/db.log" >/dev/null 2>&1 &
	running=$!
	until ovs-vsctl --db="unix:$run/db.sock" --no-wait init 2>/dev/null; do sleep 0.05; done
	OVS_RUNDIR=$run ip netns exec "$a" ovs-vswitchd "unix:$run/db.sock" --unixctl="$run/vs.ctl" --log-file="$run/vs.log" >/dev/null 2>&1 &
	running+=" $!"
	local bond="add-port br0 m0"
	[ "$members" = 1 ] || bond="add-bond br0 lag0 $list lacp=off bond_mode=balance-slb"
	ovs-vsctl --db="unix:$run/db.sock" -t 10 add-br br0 -- set bridge br0 datapath_type=netdev -- $bond
	ip -n "$a" link set br0 up
	sleep 1.2
}

# once KIND SIZE: prints frames per second
once() {
	local device=bond0 before
	build "$members"
	case $1 in
	ours) ours ;;
	c) start "$work/ref" tx bond0 $list ;;
	ovs) ovs; device=br0 ;;
	esac
	before=$(received in_b f)
	in_a taskset -c 0 "$work/ref" gen "$device" "$2" "$seconds" >"$work/gen"
	echo $((($(received in_b f) - before) / seconds))
	stop
}

for members in ${MEMBERS:-1 4}; do
	for size in ${SIZES:-64 1500}; do
		for k in ours c ovs; do : >"$work/$k"; done
		for ((r = 0; r < rounds; r++)); do for k in ours c ovs; do once $k "$size" >>"$work/$k"; done; done
		o=$(median <"$work/ours") c=$(median <"$work/c") v=$(median <"$work/ovs")
		printf '%d members, %4d octets: ours %d a second, %.2f of C, %.2f of Open vSwitch\n' "$members" "$size" "$o" "$(ratio "$o" "$c")" "$(ratio "$o" "$v")"
	done
done
